"""The layers of which make_fixtures.py makes numbers, in the configurations that change the arithmetic.

A case is an input, layers (both as Python source) and what else the numbers need:

    family   the #[test] function that holds it
    group    the npz archive that holds it
    x        how the input is drawn: "plain" (distinct values in -2..2 off every kink), "wide" (-8..8), "huge"
             (-40..40), "narrow" (-0.5..0.5: sparsemax is one-hot on wider ones), "ids" (integers), "image"
             (integers 0..255)
    mask     which steps are padding, one string of `.` (kept) and `x` (padding) per sample
    batch    samples
    dims     what stands in for `None` in the input
    train    also with training=True
    high     exclusive upper bound of ids
"""

CASES = []


def case(group, family, id, input, *layers, **options):
    CASES.append(dict(group=group, family=family, id=id, input=input, layers=list(layers), **options))


# ---------------------------------------------------------------- dense

DENSE = [
    ("dense_plain", "(5,)", "layers.Dense(4)"),
    ("dense_no_bias", "(5,)", "layers.Dense(4, use_bias=False)"),
    ("dense_one_unit", "(3,)", "layers.Dense(1)"),
    ("dense_one_feature", "(1,)", "layers.Dense(3)"),
    ("dense_rank3", "(4, 5)", "layers.Dense(3, activation='tanh')"),
    ("dense_rank5", "(2, 2, 3, 4)", "layers.Dense(2)"),
    ("dense_relu", "(6,)", "layers.Dense(5, activation='relu')"),
    ("dense_softmax", "(6,)", "layers.Dense(5, activation='softmax')"),
    ("dense_softmax_rank3", "(3, 4)", "layers.Dense(5, activation='softmax')"),
    ("dense_sigmoid", "(6,)", "layers.Dense(1, activation='sigmoid')"),
    ("dense_gelu", "(6,)", "layers.Dense(3, activation='gelu')"),
    ("dense_selu", "(6,)", "layers.Dense(3, activation='selu')"),
    ("dense_log_softmax", "(6,)", "layers.Dense(3, activation='log_softmax')"),
    ("dense_trainable_false", "(4,)", "layers.Dense(3, trainable=False)"),
]
for id, shape, layer in DENSE:
    case("dense", "dense", id, f"keras.Input(shape={shape})", layer)
case("dense", "dense", "dense_none_axes", "keras.Input(shape=(None, None, 4))", "layers.Dense(3)", dims=[2, 3])
case("dense", "dense", "dense_stack", "keras.Input(shape=(6,))",
     "layers.Dense(5, activation='relu')", "layers.Dense(4, activation='tanh', use_bias=False)", "layers.Dense(3)")
case("dense", "dense", "dense_nested_block", "keras.Input(shape=(5,))", "layers.Dense(4)",
     "keras.Sequential([layers.Dense(3, activation='relu'), layers.Dense(4)])", "layers.Dense(2)")
case("dense", "dense", "dense_dropout_inference", "keras.Input(shape=(5,))",
     "layers.Dropout(0.5)", "layers.Dense(3)", "layers.Dropout(0.3, seed=1)")
case("dense", "dense", "dense_batch_given", "keras.Input(shape=(5,), batch_size=3)", "layers.Dense(2)")

# Regularizers: the added loss counts in `loss` and in every gradient; `reg` is the added part alone.
REGULARIZED = [
    ("reg_l1_kernel", "(5,)", "layers.Dense(4, kernel_regularizer=keras.regularizers.L1(0.03))"),
    ("reg_l2_kernel", "(5,)", "layers.Dense(4, kernel_regularizer=keras.regularizers.L2(0.02))"),
    ("reg_l1l2_bias", "(5,)", "layers.Dense(4, bias_regularizer=keras.regularizers.L1L2(l1=0.01, l2=0.05))"),
    ("reg_l2_named", "(5,)", "layers.Dense(4, kernel_regularizer='l2', bias_regularizer='l1')"),
    ("reg_l1l2_named", "(5,)", "layers.Dense(4, kernel_regularizer='l1l2')"),
    ("reg_activity", "(5,)", "layers.Dense(4, activity_regularizer=keras.regularizers.L2(0.1))"),
    ("reg_conv2d", "(4, 4, 2)", "layers.Conv2D(2, 2, kernel_regularizer=keras.regularizers.L2(0.01))"),
    ("reg_lstm", "(3, 2)", "layers.LSTM(2, kernel_regularizer=keras.regularizers.L2(0.01), "
     "recurrent_regularizer=keras.regularizers.L1(0.02), bias_regularizer=keras.regularizers.L2(0.03))"),
    ("reg_batch_norm", "(4,)", "layers.BatchNormalization(gamma_regularizer=keras.regularizers.L2(0.1), "
     "beta_regularizer=keras.regularizers.L1(0.1))"),
]
for id, shape, layer in REGULARIZED:
    case("dense", "regularizers", id, f"keras.Input(shape={shape})", layer, regularized=True)
case("dense", "regularizers", "reg_embedding", "keras.Input(shape=(4,), dtype='int32')",
     "layers.Embedding(6, 3, embeddings_regularizer=keras.regularizers.L2(0.01))", x="ids", high=6, regularized=True)

# ---------------------------------------------------------------- activations

ACTIVATIONS = (
    "relu relu6 elu selu celu gelu silu swish sigmoid hard_sigmoid hard_silu hard_swish hard_tanh hard_shrink "
    "soft_shrink tanh_shrink softplus softsign softmax log_softmax sparsemax squareplus sparse_plus sparse_sigmoid "
    "mish exponential leaky_relu linear log_sigmoid tanh glu"
).split()
for name in ACTIVATIONS:
    case("activations", "activations", f"activation_{name}", "keras.Input(shape=(12,))",
         f"layers.Activation('{name}')", x="narrow" if name == "sparsemax" else "wide")
for name in ("sigmoid softplus tanh gelu silu mish log_sigmoid log_softmax softmax selu elu squareplus hard_silu").split():
    case("activations", "activations_far_out", f"far_{name}", "keras.Input(shape=(8,))",
         f"layers.Activation('{name}')", x="huge")
for name in ("softmax", "log_softmax", "sparsemax", "glu"):
    case("activations", "activations_rank3", f"rank3_{name}", "keras.Input(shape=(3, 4))",
         f"layers.Activation('{name}')", x="narrow" if name == "sparsemax" else "wide")
LAYERS = [
    ("relu_layer", "layers.ReLU()"),
    ("relu_max", "layers.ReLU(max_value=3.0)"),
    ("relu_slope", "layers.ReLU(negative_slope=0.2)"),
    ("relu_threshold", "layers.ReLU(threshold=1.0)"),
    ("relu_all", "layers.ReLU(max_value=4.0, negative_slope=0.1, threshold=1.0)"),
    ("relu_slope_threshold", "layers.ReLU(negative_slope=0.5, threshold=2.0)"),
    ("leaky_relu_layer", "layers.LeakyReLU()"),
    ("leaky_relu_slope", "layers.LeakyReLU(negative_slope=0.05)"),
    ("elu_layer", "layers.ELU()"),
    ("elu_alpha", "layers.ELU(alpha=0.5)"),
    ("softmax_layer", "layers.Softmax()"),
    ("softmax_axis1", "layers.Softmax(axis=1)"),
    ("softmax_axes", "layers.Softmax(axis=[1, 2])"),
    ("prelu_full", "layers.PReLU()"),
    ("prelu_shared", "layers.PReLU(shared_axes=[1])"),
    ("prelu_shared_all", "layers.PReLU(shared_axes=[1, 2])"),
]
for id, layer in LAYERS:
    case("activations", "activation_layers", id, "keras.Input(shape=(3, 4))", layer, x="wide")
case("activations", "activation_layers", "prelu_image", "keras.Input(shape=(2, 3, 4))",
     "layers.PReLU(shared_axes=[1, 2])", x="wide")
case("activations", "activation_layers", "prelu_none", "keras.Input(shape=(None, 4))",
     "layers.PReLU(shared_axes=[1])", x="wide", dims=[3])

# ---------------------------------------------------------------- shape

SHAPE = [
    ("flatten", "(2, 3, 4)", "layers.Flatten()"),
    ("flatten_channels_first", "(2, 3, 4)", "layers.Flatten(data_format='channels_first')"),
    ("flatten_rank1", "(5,)", "layers.Flatten()"),
    ("flatten_scalar", "()", "layers.Flatten()"),
    ("reshape", "(2, 6)", "layers.Reshape((3, 4))"),
    ("reshape_minus_one", "(2, 6)", "layers.Reshape((-1, 4))"),
    ("reshape_flat", "(2, 3, 2)", "layers.Reshape((-1,))"),
    ("reshape_last_minus_one", "(2, 6)", "layers.Reshape((2, 3, -1))"),
    ("permute_21", "(2, 5)", "layers.Permute((2, 1))"),
    ("permute_312", "(2, 3, 4)", "layers.Permute((3, 1, 2))"),
    ("permute_1324", "(2, 3, 2, 2)", "layers.Permute((1, 3, 2, 4))"),
    ("repeat_vector", "(4,)", "layers.RepeatVector(3)"),
    ("rescaling", "(2, 3)", "layers.Rescaling(0.25)"),
    ("rescaling_offset", "(2, 3)", "layers.Rescaling(scale=0.5, offset=-1.0)"),
    ("rescaling_per_channel", "(2, 3)", "layers.Rescaling(scale=[0.5, 0.25, 2.0], offset=[0.0, 1.0, -1.0])"),
    ("dropout_inference", "(2, 3)", "layers.Dropout(0.5)"),
]
for id, shape, layer in SHAPE:
    case("shape", "reshaping", id, f"keras.Input(shape={shape})", layer)
case("shape", "reshaping", "reshape_none", "keras.Input(shape=(None, 6))", "layers.Reshape((-1, 2, 3))", dims=[3])
case("shape", "reshaping", "permute_none", "keras.Input(shape=(None, 3))", "layers.Permute((2, 1))", dims=[4])
case("shape", "reshaping", "rescaling_int_image", "keras.Input(shape=(2, 2, 3), dtype='int32')",
     "layers.Rescaling(0.0078125, offset=-1.0)", "layers.Conv2D(2, 2)", x="image")
for id, arguments in [
    ("int", "padding=2"),
    ("default", ""),
    ("pair", "padding=(1, 2)"),
    ("pairs", "padding=((0, 2), (3, 1))"),
    ("cf_pair", "padding=(2, 1), data_format='channels_first'"),
    ("cf_pairs", "padding=((1, 0), (0, 2)), data_format='channels_first'"),
]:
    case("shape", "zero_padding_2d", f"zero_padding_2d_{id}", "keras.Input(shape=(2, 3, 2))",
         f"layers.ZeroPadding2D({arguments})")
for interpolation in ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"):
    for id, shape, arguments in [
        ("", "(3, 4, 2)", "2"),
        ("_pair", "(4, 3, 1)", "size=(3, 2)"),
        ("_cf", "(2, 3, 2)", "size=(2, 3), data_format='channels_first'"),
    ]:
        case("shape", "up_sampling_2d", f"up_sampling_2d_{interpolation}{id}", f"keras.Input(shape={shape})",
             f"layers.UpSampling2D({arguments}, interpolation='{interpolation}')")
case("shape", "up_sampling_2d", "up_sampling_2d_default", "keras.Input(shape=(2, 2, 2))", "layers.UpSampling2D()")
case("shape", "up_sampling_2d", "up_sampling_2d_bilinear_one_pixel", "keras.Input(shape=(1, 3, 1))",
     "layers.UpSampling2D((3, 2), interpolation='bilinear')")

# ---------------------------------------------------------------- embedding, masks

IDS = dict(x="ids", high=7)
case("embedding", "embedding", "embedding", "keras.Input(shape=(5,), dtype='int32')", "layers.Embedding(7, 3)", **IDS)
case("embedding", "embedding", "embedding_scalar", "keras.Input(shape=(), dtype='int32')", "layers.Embedding(7, 3)", **IDS)
case("embedding", "embedding", "embedding_rank3", "keras.Input(shape=(2, 3), dtype='int32')", "layers.Embedding(7, 3)", **IDS)
case("embedding", "embedding", "embedding_float_ids", "keras.Input(shape=(4,))", "layers.Embedding(7, 3)", **IDS)
case("embedding", "embedding", "embedding_dense", "keras.Input(shape=(None,), dtype='int32')", "layers.Embedding(7, 3)",
     "layers.Dense(2, activation='tanh')", dims=[4], **IDS)
case("embedding", "embedding", "embedding_frozen", "keras.Input(shape=(4,), dtype='int32')",
     "layers.Embedding(7, 3, trainable=False)", "layers.Dense(2)", **IDS)
case("embedding", "embedding", "embedding_pool_unmasked", "keras.Input(shape=(4,), dtype='int32')", "layers.Embedding(7, 3)",
     "layers.GlobalAveragePooling1D()", **IDS)

# right, left and middle padding, none, and (where a mean does not divide by it) everything padded
PADDING = {
    "right": ["...xx", ".xxxx", "....."],
    "left": ["xx...", "xxxx.", "....."],
    "middle": [".x.x.", "..xx.", "x.x.x"],
}
EVERYTHING = ["xxxxx", "...xx"]
for side, mask in PADDING.items():
    for id, layers in [
        ("lstm", ["layers.LSTM(3)"]),
        ("gru", ["layers.GRU(3)"]),
        ("simple_rnn", ["layers.SimpleRNN(3)"]),
        ("bidirectional", ["layers.Bidirectional(layers.LSTM(2))"]),
        ("global_average", ["layers.GlobalAveragePooling1D()"]),
    ]:
        case("embedding", "embedding_mask", f"embedding_mask_{id}_{side}", "keras.Input(shape=(5,), dtype='int32')",
             "layers.Embedding(7, 2, mask_zero=True)", *layers, mask=mask, **IDS)
for id, layers in [
    ("lstm_sequences", ["layers.LSTM(2, return_sequences=True)"]),
    ("lstm_lstm", ["layers.LSTM(2, return_sequences=True)", "layers.LSTM(2)"]),
    ("lstm_dense_average", ["layers.LSTM(2, return_sequences=True)", "layers.Dense(3)", "layers.GlobalAveragePooling1D()"]),
    ("dropout_gru", ["layers.Dropout(0.3)", "layers.GRU(2)"]),
    ("bidirectional_sequences", ["layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode='sum')",
                                 "layers.GlobalAveragePooling1D()"]),
    ("global_max", ["layers.GlobalMaxPooling1D()"]),
    ("time_distributed", ["layers.TimeDistributed(layers.Dense(2))", "layers.SimpleRNN(2)"]),
    ("average_keepdims", ["layers.GlobalAveragePooling1D(keepdims=True)"]),
    ("layer_norm", ["layers.LayerNormalization()", "layers.SimpleRNN(2)"]),
    ("activation", ["layers.Activation('tanh')", "layers.LSTM(2)"]),
]:
    case("embedding", "embedding_mask_chains", f"embedding_mask_{id}", "keras.Input(shape=(None,), dtype='int32')",
         "layers.Embedding(7, 2, mask_zero=True)", *layers, mask=[".x..x", "...xx"], dims=[5], **IDS)

MASKED = dict(mask_value=0.0)
for side, mask in {**PADDING, "everything": EVERYTHING}.items():
    for id, layer in [
        ("lstm", "layers.LSTM(3)"),
        ("lstm_sequences", "layers.LSTM(3, return_sequences=True)"),
        ("lstm_backwards", "layers.LSTM(3, go_backwards=True, return_sequences=True)"),
    ]:
        case("recurrent", "masking_lstm", f"masking_{id}_{side}", "keras.Input(shape=(5, 2))",
             "layers.Masking()", layer, mask=mask, **MASKED)
    for id, layer in [
        ("gru_sequences", "layers.GRU(2, return_sequences=True)"),
        ("gru_reset_before", "layers.GRU(2, reset_after=False)"),
        ("simple_rnn_sequences", "layers.SimpleRNN(3, return_sequences=True)"),
        ("simple_rnn_backwards", "layers.SimpleRNN(3, go_backwards=True)"),
        ("bidirectional", "layers.Bidirectional(layers.LSTM(2))"),
        ("bidirectional_sequences", "layers.Bidirectional(layers.LSTM(2, return_sequences=True))"),
    ]:
        case("recurrent", "masking_others", f"masking_{id}_{side}", "keras.Input(shape=(5, 2))",
             "layers.Masking()", layer, mask=mask, **MASKED)
case("recurrent", "masking_others", "masking_value", "keras.Input(shape=(None, 2))",
     "layers.Masking(mask_value=-1.0)", "layers.LSTM(2)", mask=["..xx", "x..x"], mask_value=-1.0, dims=[4])
case("recurrent", "masking_others", "masking_alone", "keras.Input(shape=(4, 2))",
     "layers.Masking(mask_value=0.5)", mask=["..xx", "x..x"], mask_value=0.5)
case("recurrent", "masking_others", "masking_zeroes_average", "keras.Input(shape=(4, 2))",
     "layers.Masking()", "layers.GlobalAveragePooling1D()", mask=["..xx", "x..x"], **MASKED)
case("recurrent", "masking_others", "masking_time_distributed_lstm", "keras.Input(shape=(4, 3))",
     "layers.Masking()", "layers.TimeDistributed(layers.Dense(2))", "layers.LSTM(2)", mask=["..xx", "x..."], **MASKED)

# ---------------------------------------------------------------- recurrent

COMMON = [
    ("", "3"),
    ("sequences", "3, return_sequences=True"),
    ("go_backwards", "3, go_backwards=True"),
    ("go_backwards_sequences", "2, go_backwards=True, return_sequences=True"),
    ("no_bias", "3, use_bias=False"),
    ("one_unit", "1"),
    ("relu", "2, activation='relu'"),
    ("linear", "2, activation=None"),
    ("dropout_inference", "2, dropout=0.3, recurrent_dropout=0.2"),
]
GATED = COMMON + [
    ("hard_sigmoid", "2, recurrent_activation='hard_sigmoid'"),
    ("both_activations", "2, activation='softsign', recurrent_activation='tanh', return_sequences=True"),
    ("unroll", "2, unroll=True"),
]
for name, layer, configurations in [
    ("simple_rnn", "SimpleRNN", COMMON + [("sigmoid", "2, activation='sigmoid'"), ("unroll", "2, unroll=True")]),
    ("lstm", "LSTM", GATED + [("no_forget_bias", "3, unit_forget_bias=False"),
                              ("no_bias_sequences", "2, use_bias=False, return_sequences=True")]),
    ("gru", "GRU", GATED + [("reset_before", "3, reset_after=False"),
                            ("reset_before_sequences", "2, reset_after=False, return_sequences=True"),
                            ("reset_before_no_bias", "3, reset_after=False, use_bias=False"),
                            ("reset_before_backwards", "3, reset_after=False, go_backwards=True")]),
]:
    for id, arguments in configurations:
        case("recurrent", name, f"{name}_{id}" if id else name, "keras.Input(shape=(4, 2))",
             f"layers.{layer}({arguments})")
    case("recurrent", name, f"{name}_one_step", "keras.Input(shape=(1, 3))", f"layers.{layer}(2)")
    case("recurrent", name, f"{name}_none_length", "keras.Input(shape=(None, 2))",
         f"layers.{layer}(2, return_sequences=True)", dims=[3])
    case("recurrent", name, f"{name}_one_feature", "keras.Input(shape=(3, 1))", f"layers.{layer}(2)")
    case("recurrent", name, f"{name}_one_sample", "keras.Input(shape=(3, 2))", f"layers.{layer}(4)", batch=1)
    case("recurrent", name, f"{name}_stack", "keras.Input(shape=(3, 2))",
         f"layers.{layer}(3, return_sequences=True)", f"layers.{layer}(2)")
    # More units than a SIMD register is wide, and a ragged tail.
    case("recurrent", name, f"{name}_wide", "keras.Input(shape=(2, 3))", f"layers.{layer}(19)", scale=0.4)
    case("recurrent", name, f"{name}_long", "keras.Input(shape=(20, 2))", f"layers.{layer}(2)")
case("recurrent", "lstm", "lstm_stateful_first_batch", "keras.Input(shape=(3, 2), batch_size=2)",
     "layers.LSTM(2, stateful=True)", batch=2)

for mode in ("concat", "sum", "mul", "ave"):
    case("recurrent", "bidirectional", f"bidirectional_{mode}", "keras.Input(shape=(3, 2))",
         f"layers.Bidirectional(layers.LSTM(2), merge_mode='{mode}')")
    case("recurrent", "bidirectional", f"bidirectional_{mode}_sequences", "keras.Input(shape=(3, 2))",
         f"layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode='{mode}')")
for id, layer in [
    ("simple_rnn", "layers.Bidirectional(layers.SimpleRNN(3))"),
    ("default_sequences", "layers.Bidirectional(layers.LSTM(2, return_sequences=True))"),
    ("forward_backwards", "layers.Bidirectional(layers.LSTM(2, go_backwards=True), backward_layer=layers.LSTM(2))"),
    ("backward_layer", "layers.Bidirectional(layers.LSTM(2), backward_layer=layers.LSTM(2, go_backwards=True, activation='relu'))"),
    ("backward_layer_gru", "layers.Bidirectional(layers.LSTM(2), backward_layer=layers.GRU(2, go_backwards=True), merge_mode='ave')"),
    ("backward_layer_sequences", "layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True), "
     "backward_layer=layers.SimpleRNN(2, return_sequences=True, go_backwards=True, use_bias=False))"),
    ("no_bias", "layers.Bidirectional(layers.GRU(2, use_bias=False, reset_after=False))"),
]:
    case("recurrent", "bidirectional", f"bidirectional_{id}", "keras.Input(shape=(3, 2))", layer)
case("recurrent", "bidirectional", "bidirectional_stack", "keras.Input(shape=(None, 2))",
     "layers.Bidirectional(layers.LSTM(2, return_sequences=True))", "layers.Bidirectional(layers.LSTM(2))",
     "layers.Dense(2)", dims=[3])

for id, shape, layers in [
    ("dense", "(3, 4)", ["layers.TimeDistributed(layers.Dense(2, activation='relu'))"]),
    ("dense_rank4", "(3, 2, 4)", ["layers.TimeDistributed(layers.Dense(2))"]),
    ("conv2d", "(2, 4, 4, 2)", ["layers.TimeDistributed(layers.Conv2D(2, 3, padding='same'))"]),
    ("max_pooling_2d", "(2, 4, 4, 1)", ["layers.TimeDistributed(layers.MaxPooling2D(2))"]),
    ("flatten", "(2, 2, 3, 1)", ["layers.TimeDistributed(layers.Flatten())"]),
    ("conv1d", "(2, 5, 2)", ["layers.TimeDistributed(layers.Conv1D(2, 3))"]),
    ("lstm", "(2, 3, 2)", ["layers.TimeDistributed(layers.LSTM(2))"]),
    ("batch_norm", "(3, 4)", ["layers.TimeDistributed(layers.BatchNormalization())"]),
    ("chain", "(2, 4, 4, 1)", ["layers.TimeDistributed(layers.Conv2D(2, 3, activation='relu'))",
                               "layers.TimeDistributed(layers.Flatten())", "layers.LSTM(2)"]),
]:
    case("recurrent", "time_distributed", f"time_distributed_{id}", f"keras.Input(shape={shape})", *layers)
case("recurrent", "time_distributed", "time_distributed_none", "keras.Input(shape=(None, 3))",
     "layers.TimeDistributed(layers.Dense(2))", "layers.LSTM(2)", dims=[4])

# ---------------------------------------------------------------- convolution

CONV1D = [
    ("valid", "(7, 2)", "3, 3"),
    ("same", "(7, 2)", "3, 3, padding='same'"),
    ("causal", "(7, 2)", "3, 3, padding='causal'"),
    ("even_same", "(7, 2)", "2, 4, padding='same'"),
    ("even_valid", "(7, 2)", "2, 2"),
    ("kernel_one", "(5, 3)", "2, 1"),
    ("kernel_all", "(4, 2)", "2, 4"),
    ("strides", "(8, 2)", "2, 3, strides=2"),
    ("strides_same", "(8, 2)", "2, 3, strides=2, padding='same'"),
    ("strides_same_odd", "(7, 2)", "2, 4, strides=3, padding='same'"),
    ("strides_causal", "(8, 2)", "2, 3, strides=2, padding='causal'"),
    ("strides_wider_than_kernel", "(9, 2)", "2, 2, strides=3"),
    ("dilation", "(9, 2)", "2, 3, dilation_rate=2"),
    ("dilation_same", "(9, 2)", "2, 3, dilation_rate=2, padding='same'"),
    ("dilation_causal", "(9, 2)", "2, 2, dilation_rate=4, padding='causal'"),
    ("groups", "(6, 4)", "4, 3, groups=2"),
    ("depthwise_groups", "(6, 3)", "6, 3, groups=3, padding='same'"),
    ("channels_first", "(2, 7)", "3, 3, data_format='channels_first'"),
    ("channels_first_same_strides", "(2, 7)", "3, 3, strides=2, padding='same', data_format='channels_first'"),
    ("channels_first_groups", "(4, 6)", "2, 3, groups=2, data_format='channels_first'"),
    ("no_bias", "(6, 2)", "3, 3, use_bias=False"),
    ("relu", "(6, 2)", "3, 3, activation='relu'"),
    ("channels_first_tanh", "(2, 6)", "3, 3, activation='tanh', data_format='channels_first'"),
    ("one_channel", "(6, 1)", "1, 3"),
]
for id, shape, arguments in CONV1D:
    family = "conv1d_strided" if "strid" in id or "dilat" in id else "conv1d"
    case("conv", family, f"conv1d_{id}", f"keras.Input(shape={shape})", f"layers.Conv1D({arguments})", batch=2)
case("conv", "conv1d", "conv1d_none_length", "keras.Input(shape=(None, 2))", "layers.Conv1D(2, 3, padding='causal')",
     dims=[5], batch=2)

CONV2D = [
    ("valid", "(5, 6, 2)", "3, 3"),
    ("same", "(5, 4, 2)", "3, 3, padding='same'"),
    ("rectangle", "(5, 6, 2)", "2, (2, 3)"),
    ("rectangle_same", "(4, 5, 2)", "2, (3, 1), padding='same'"),
    ("even_same", "(5, 4, 1)", "2, 2, padding='same'"),
    ("even_rectangle_same", "(4, 5, 1)", "2, (4, 3), padding='same'"),
    ("kernel_one", "(3, 4, 3)", "2, 1"),
    ("kernel_all", "(3, 4, 2)", "2, (3, 4)"),
    ("strides", "(7, 6, 2)", "2, 3, strides=2"),
    ("strides_pair", "(7, 6, 1)", "2, 3, strides=(1, 2)"),
    ("strides_same", "(7, 6, 1)", "2, 3, strides=2, padding='same'"),
    ("strides_pair_same", "(7, 8, 1)", "2, (2, 3), strides=(3, 2), padding='same'"),
    ("strides_wider_than_kernel", "(7, 7, 1)", "2, 2, strides=3"),
    ("dilation", "(6, 7, 1)", "2, 3, dilation_rate=2"),
    ("dilation_pair_same", "(6, 6, 1)", "2, 3, dilation_rate=(2, 1), padding='same'"),
    ("groups", "(4, 4, 4)", "4, 2, groups=2"),
    ("depthwise_groups", "(4, 4, 3)", "3, 3, groups=3, padding='same'"),
    ("channels_first", "(2, 5, 4)", "3, 3, data_format='channels_first'"),
    ("channels_first_same", "(2, 5, 4)", "2, (3, 2), padding='same', data_format='channels_first'"),
    ("channels_first_strides", "(2, 6, 5)", "2, 3, strides=(2, 1), data_format='channels_first'"),
    ("channels_first_groups", "(4, 4, 3)", "2, 2, groups=2, data_format='channels_first'"),
    ("no_bias", "(4, 4, 2)", "3, 3, use_bias=False"),
    ("relu", "(5, 5, 2)", "3, 3, activation='relu'"),
    ("softmax", "(4, 4, 2)", "3, 3, activation='softmax'"),
    ("one_channel", "(4, 4, 1)", "1, 3"),
    ("many_filters", "(3, 3, 2)", "17, 2"),
    ("many_channels", "(3, 3, 17)", "2, 2"),
]
for id, shape, arguments in CONV2D:
    family = "conv2d_strided" if "strid" in id or "dilat" in id else "conv2d"
    case("conv", family, f"conv2d_{id}", f"keras.Input(shape={shape})", f"layers.Conv2D({arguments})", batch=2)
case("conv", "conv2d", "conv2d_none_sides", "keras.Input(shape=(None, None, 2))",
     "layers.Conv2D(2, 3, padding='same')", dims=[4, 5], batch=2)
case("conv", "conv2d", "conv2d_one_sample", "keras.Input(shape=(5, 5, 2))", "layers.Conv2D(3, 3)", batch=1)
case("conv", "conv_chains", "conv2d_pool_dense", "keras.Input(shape=(8, 8, 1))",
     "layers.Conv2D(2, 3, activation='relu')", "layers.MaxPooling2D(2)", "layers.Conv2D(3, 2, activation='relu')",
     "layers.Flatten()", "layers.Dense(3, activation='softmax')", batch=2)
case("conv", "conv_chains", "conv2d_channels_first_flatten", "keras.Input(shape=(1, 6, 6))",
     "layers.Conv2D(2, 3, activation='relu', data_format='channels_first')",
     "layers.AveragePooling2D(2, data_format='channels_first')",
     "layers.Flatten(data_format='channels_first')", "layers.Dense(2)", batch=2)
case("conv", "conv_chains", "conv1d_text", "keras.Input(shape=(None,), dtype='int32')", "layers.Embedding(7, 3)",
     "layers.Conv1D(4, 3, activation='relu')", "layers.GlobalMaxPooling1D()", "layers.Dense(2)", dims=[6], **IDS)
case("conv", "conv_chains", "conv_autoencoder", "keras.Input(shape=(4, 4, 1))",
     "layers.Conv2D(2, 3, activation='relu', padding='same')", "layers.MaxPooling2D(2, padding='same')",
     "layers.UpSampling2D(2)", "layers.Conv2D(1, 3, activation='sigmoid', padding='same')", batch=2)
case("conv", "conv_chains", "conv_batch_norm_relu", "keras.Input(shape=(4, 4, 1))",
     "layers.ZeroPadding2D(1)", "layers.Conv2D(2, 3, use_bias=False)", "layers.BatchNormalization()", "layers.ReLU()",
     "layers.GlobalAveragePooling2D()", batch=2, train=True)

# ---------------------------------------------------------------- pooling

for kind, name in (("MaxPooling", "max_pooling"), ("AveragePooling", "average_pooling")):
    for id, shape, arguments in [
        ("even", "(6, 2)", "2"),
        ("odd", "(7, 2)", "2"),
        ("odd_same", "(7, 2)", "2, padding='same'"),
        ("pool3_same", "(7, 2)", "3, padding='same'"),
        ("strides1_same", "(5, 2)", "3, strides=1, padding='same'"),
        ("strides1", "(5, 2)", "3, strides=1"),
        ("strides_wider", "(8, 2)", "2, strides=3"),
        ("strides_wider_same", "(8, 2)", "2, strides=3, padding='same'"),
        ("channels_first", "(2, 7)", "3, strides=2, data_format='channels_first'"),
        ("channels_first_same", "(2, 7)", "3, strides=2, padding='same', data_format='channels_first'"),
        ("pool_all", "(4, 2)", "4"),
    ]:
        case("pooling", f"{name}_1d", f"{name}_1d_{id}", f"keras.Input(shape={shape})", f"layers.{kind}1D({arguments})",
             batch=2)
    for id, shape, arguments in [
        ("even", "(4, 6, 2)", "2"),
        ("odd", "(5, 7, 1)", "2"),
        ("odd_same", "(5, 7, 1)", "2, padding='same'"),
        ("rectangle", "(5, 6, 1)", "(2, 3)"),
        ("rectangle_same", "(5, 7, 1)", "(3, 2), padding='same'"),
        ("strides1_same", "(4, 5, 1)", "(3, 2), strides=1, padding='same'"),
        ("strides_pair", "(6, 5, 1)", "3, strides=(2, 1)"),
        ("strides_pair_same", "(6, 5, 1)", "3, strides=(2, 3), padding='same'"),
        ("strides_wider", "(7, 7, 1)", "2, strides=3"),
        ("channels_first", "(2, 5, 4)", "2, data_format='channels_first'"),
        ("channels_first_same", "(2, 5, 4)", "(2, 3), strides=(1, 2), padding='same', data_format='channels_first'"),
        ("pool_all", "(3, 4, 2)", "(3, 4)"),
    ]:
        case("pooling", f"{name}_2d", f"{name}_2d_{id}", f"keras.Input(shape={shape})", f"layers.{kind}2D({arguments})",
             batch=2)
case("pooling", "max_pooling_1d", "max_pooling_1d_default", "keras.Input(shape=(6, 2))", "layers.MaxPooling1D()", batch=2)
case("pooling", "max_pooling_2d", "max_pooling_2d_default", "keras.Input(shape=(4, 6, 2))", "layers.MaxPooling2D()", batch=2)
for kind, name in (("GlobalMaxPooling", "global_max"), ("GlobalAveragePooling", "global_average")):
    for id, arguments in [
        ("", ""),
        ("_keepdims", "keepdims=True"),
        ("_cf", "data_format='channels_first'"),
        ("_cf_keepdims", "data_format='channels_first', keepdims=True"),
    ]:
        case("pooling", "global_pooling", f"{name}_1d{id}", "keras.Input(shape=(4, 3))", f"layers.{kind}1D({arguments})")
        case("pooling", "global_pooling", f"{name}_2d{id}", "keras.Input(shape=(2, 3, 4))", f"layers.{kind}2D({arguments})")
case("pooling", "global_pooling", "global_average_1d_none", "keras.Input(shape=(None, 3))",
     "layers.GlobalAveragePooling1D()", dims=[4])
case("pooling", "global_pooling", "global_max_2d_none", "keras.Input(shape=(None, None, 2))",
     "layers.GlobalMaxPooling2D()", dims=[3, 2])

# ---------------------------------------------------------------- normalisation

TRAIN = dict(train=True)
for id, shape, arguments in [
    ("rank2", "(4,)", ""),
    ("rank3", "(3, 4)", ""),
    ("rank4", "(2, 3, 2)", ""),
    ("axis1", "(3, 2, 2)", "axis=1"),
    ("axis2", "(2, 3, 2)", "axis=2"),
    ("no_center", "(4,)", "center=False"),
    ("no_scale", "(4,)", "scale=False"),
    ("neither", "(4,)", "center=False, scale=False"),
    ("epsilon", "(4,)", "epsilon=0.5"),
    ("momentum", "(4,)", "momentum=0.7"),
    ("momentum_zero", "(3, 2)", "momentum=0.0"),
    ("momentum_one", "(4,)", "momentum=1.0"),
    ("frozen", "(4,)", "trainable=False"),
    ("renorm", "(4,)", "renorm=True"),
]:
    case("norm", "batch_norm", f"batch_norm_{id}", f"keras.Input(shape={shape})",
         f"layers.BatchNormalization({arguments})", batch=4, **TRAIN)
case("norm", "batch_norm", "batch_norm_one_sample", "keras.Input(shape=(3, 2))", "layers.BatchNormalization()",
     batch=1, **TRAIN)
case("norm", "batch_norm", "batch_norm_none", "keras.Input(shape=(None, 3))", "layers.BatchNormalization()",
     dims=[3], **TRAIN)
case("norm", "batch_norm", "batch_norm_dense", "keras.Input(shape=(4,))", "layers.Dense(3)",
     "layers.BatchNormalization(momentum=0.9)", "layers.Dense(2)", batch=4, **TRAIN)
for side in ("right", "middle"):
    case("norm", "batch_norm_mask", f"batch_norm_masked_{side}", "keras.Input(shape=(5, 2))", "layers.Masking()",
         "layers.BatchNormalization(momentum=0.8)", mask=PADDING[side], **MASKED, **TRAIN)
case("norm", "batch_norm_mask", "batch_norm_embedding_mask", "keras.Input(shape=(5,), dtype='int32')",
     "layers.Embedding(7, 2, mask_zero=True)", "layers.BatchNormalization(momentum=0.8)", "layers.LSTM(2)",
     mask=PADDING["right"], **IDS, **TRAIN)
for id, shape, arguments in [
    ("rank2", "(5,)", ""),
    ("rank3", "(3, 4)", ""),
    ("rank4", "(2, 2, 3)", ""),
    ("axis1", "(3, 4)", "axis=1"),
    ("axes", "(3, 4)", "axis=[1, 2]"),
    ("axes_of_image", "(2, 3, 2)", "axis=[2, 3]"),
    ("axes_apart", "(2, 3, 2)", "axis=[1, 3]"),
    ("negative_axes", "(2, 3, 2)", "axis=(-1, -2)"),
    ("epsilon", "(5,)", "epsilon=0.5"),
    ("no_center", "(5,)", "center=False"),
    ("no_scale", "(5,)", "scale=False"),
    ("neither", "(5,)", "center=False, scale=False"),
    ("rms_scaling", "(5,)", "rms_scaling=True"),
    ("rms_scaling_axes", "(3, 4)", "rms_scaling=True, axis=[1, 2]"),
    ("one_feature", "(4, 1)", ""),
]:
    case("norm", "layer_norm", f"layer_norm_{id}", f"keras.Input(shape={shape})",
         f"layers.LayerNormalization({arguments})")
case("norm", "layer_norm", "layer_norm_none", "keras.Input(shape=(None, 4))", "layers.LayerNormalization()", dims=[3])

# What the rule cannot write, so no test: Activation("threshold") needs arguments that a name cannot carry.

# ---------------------------------------------------------------- layers of several tensors

FUNCTIONAL = []


def functional(group, family, id, inputs, *lines, **options):
    """A model of several inputs, called a, b, c, ...: `inputs` are their sources, `lines` the statements, the last of
    them the output or a list of outputs. `x` and `mask` are dicts by the input's name; "bits" are zeros and ones."""
    FUNCTIONAL.append(dict(group=group, family=family, id=id, inputs=inputs, lines=list(lines), **options))


def tensors(*shapes):
    return [f"keras.Input(shape={shape})" for shape in shapes]


MASKED = ["m = layers.Masking(-7.0)(a)", "n = layers.Masking(-7.0)(b)"]
PADDED = {"a": ["...", "..x", ".xx"], "b": ["..x", "...", "xxx"]}
SHORT = {"a": ["...", "..x", ".xx"], "b": ["....", "..xx", ".x.x"]}

for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
    low = name.lower()
    functional("merge", low, f"{low}_two", tensors("(4, 3)", "(4, 3)"), f"layers.{name}()([a, b])")
    functional("merge", low, f"{low}_stretched", tensors("(4, 1)", "(1, 3)"), f"layers.{name}()([a, b])")
    functional("merge", low, f"{low}_ranks", tensors("(2, 4, 3)", "(3,)"), f"layers.{name}()([a, b])")
    functional("merge", low, f"{low}_none", tensors("(None, 3)", "(4, 3)"), f"layers.{name}()([a, b])", dims=[4])
    functional("merge", low, f"{low}_masked", tensors("(3, 2)", "(3, 2)"), *MASKED,
               f"layers.LSTM(2)(layers.{name}()([m, n]))", mask=PADDED)
    functional("merge", low, f"{low}_one_masked", tensors("(3, 2)", "(3, 2)"), MASKED[0],
               f"layers.{name}()([m, b])", mask={"a": PADDED["a"]})
    if name != "Subtract":
        functional("merge", low, f"{low}_three", tensors("(4, 3)", "(4, 3)", "(1, 3)"), f"layers.{name}()([a, b, c])")
        functional("merge", low, f"{low}_mixed_masks", tensors("(3, 2)", "(3, 2)", "(3, 2)"), *MASKED,
                   f"layers.{name}()([m, c, n])", mask=PADDED)
functional("merge", "maximum", "maximum_ties", tensors("(5,)"), "r = layers.ReLU()(a)", "s = layers.Rescaling(-1.0)(a)",
           "layers.Maximum()([r, layers.ReLU()(s), layers.Dense(5, kernel_initializer='zeros')(r)])")
functional("merge", "add", "add_residual", tensors("(5,)"), "y = layers.Dense(5, activation='tanh')(a)",
           "layers.Add()([a, y])")

functional("merge", "concatenate", "concatenate_two", tensors("(4, 3)", "(4, 2)"), "layers.Concatenate()([a, b])")
functional("merge", "concatenate", "concatenate_axis1", tensors("(4, 3)", "(2, 3)"),
           "layers.Concatenate(axis=1)([a, b])")
functional("merge", "concatenate", "concatenate_axis_minus2", tensors("(2, 4, 3)", "(2, 1, 3)", "(2, 2, 3)"),
           "layers.Concatenate(axis=-2)([a, b, c])")
functional("merge", "concatenate", "concatenate_branches", tensors("(5,)", "(3,)"),
           "x = layers.Dense(4, activation='relu')(a)", "y = layers.Dense(2)(b)",
           "layers.Dense(1)(layers.Concatenate()([x, y]))")
functional("merge", "concatenate", "concatenate_masked", tensors("(3, 2)", "(3, 1)"), *MASKED,
           "layers.GRU(2)(layers.Concatenate()([m, n]))", mask=PADDED)
functional("merge", "concatenate", "concatenate_one_masked", tensors("(3, 2)", "(3, 1)"), MASKED[0],
           "layers.GRU(2)(layers.Concatenate()([m, b]))", mask={"a": PADDED["a"]})
functional("merge", "concatenate", "concatenate_time_masked", tensors("(3, 2)", "(4, 2)"), *MASKED,
           "layers.GRU(2)(layers.Concatenate(axis=1)([m, n]))", mask=SHORT)

functional("merge", "dot", "dot_vectors", tensors("(4,)", "(4,)"), "layers.Dot(axes=1)([a, b])")
functional("merge", "dot", "dot_cosine", tensors("(4,)", "(4,)"), "layers.Dot(axes=-1, normalize=True)([a, b])")
functional("merge", "dot", "dot_matrices", tensors("(5, 3)", "(3, 2)"), "layers.Dot(axes=(2, 1))([a, b])")
functional("merge", "dot", "dot_steps", tensors("(None, 3)", "(None, 2)"), "layers.Dot(axes=1)([a, b])", dims=[4, 4])
functional("merge", "dot", "dot_matrix_vector", tensors("(5, 3)", "(3,)"), "layers.Dot(axes=(2, 1))([a, b])")
functional("merge", "dot", "dot_vector_tensor", tensors("(3,)", "(2, 3, 4)"),
           "layers.Dot(axes=(1, 2), normalize=True)([a, b])")

CROSS = tensors("(3, 4)", "(5, 4)")
THREE = tensors("(3, 4)", "(5, 2)", "(5, 4)")
SEEN = {"a": ["...", "..x", ".xx"], "b": [".....", "...xx", ".x.x."]}
for name, options in [("dot", ""), ("scale", "use_scale=True"), ("concat", "score_mode='concat'"),
                      ("concat_scale", "use_scale=True, score_mode='concat'")]:
    layer = f"layers.Attention({options})"
    functional("merge", "attention", f"attention_{name}", CROSS, f"{layer}([a, b])")
    functional("merge", "attention", f"attention_{name}_key", THREE, f"{layer}([a, b, c])")
for name, layer in [("attention", "Attention"), ("additive_attention", "AdditiveAttention")]:
    functional("merge", name, f"{name}_causal", tensors("(4, 3)"), f"layers.{layer}()([a, a], use_causal_mask=True)")
    functional("merge", name, f"{name}_masked", CROSS, *MASKED, f"layers.{layer}()([m, n])", mask=SEEN)
    functional("merge", name, f"{name}_value_masked", CROSS, MASKED[1], f"layers.{layer}()([a, n])",
               mask={"b": SEEN["b"]})
    functional("merge", name, f"{name}_masked_causal", CROSS, *MASKED,
               f"layers.GRU(2)(layers.{layer}()([m, n], use_causal_mask=True))", mask=SEEN)
    functional("merge", name, f"{name}_all_masked", tensors("(3, 2)", "(3, 2)"), *MASKED,
               f"layers.{layer}()([m, n])", mask=PADDED)
    functional("merge", name, f"{name}_scores", CROSS, f"y, s = layers.{layer}()([a, b], return_attention_scores=True)",
               "[y, s]")
functional("merge", "additive_attention", "additive_attention_plain", CROSS, "layers.AdditiveAttention()([a, b])")
functional("merge", "additive_attention", "additive_attention_no_scale", THREE,
           "layers.AdditiveAttention(use_scale=False)([a, b, c])")

MHA = "layers.MultiHeadAttention"
HEADS = [
    ("self", tensors("(4, 5)"), "(num_heads=2, key_dim=3)(a, a)"),
    ("cross", CROSS, "(2, 3)(a, b)"),
    ("key", THREE, "(2, 3)(a, b, c)"),
    ("no_bias", CROSS, "(3, 2, use_bias=False)(a, b)"),
    ("output_shape", CROSS, "(2, 2, output_shape=7)(a, b)"),
    ("output_shape_two", CROSS, "(2, 2, output_shape=(3, 2))(a, b)"),
    ("gate", CROSS, "(2, 3, use_gate=True)(a, b)"),
    ("causal", tensors("(4, 5)"), "(2, 3)(a, a, use_causal_mask=True)"),
    ("causal_cross", CROSS, "(2, 3, sliding_window=2)(a, b, use_causal_mask=True)"),
    ("window", tensors("(5, 3)"), "(1, 3, sliding_window=2)(a, a)"),
    ("axes", tensors("(2, 3, 4)", "(2, 5, 4)"), "(2, 3, attention_axes=2)(a, b)"),
    ("axes_other", tensors("(3, 2, 4)", "(5, 2, 4)"), "(2, 3, attention_axes=(1,))(a, b)"),
    ("axes_all", tensors("(2, 3, 4)", "(2, 2, 4)"), "(2, 3, use_gate=True)(a, b)"),
    ("dropout_inference", CROSS, "(2, 3, dropout=0.5)(a, b)"),
]
for name, inputs, call in HEADS:
    functional("merge", "multi_head_attention", f"mha_{name}", inputs, f"{MHA}{call}")
functional("merge", "multi_head_attention", "mha_regularized", CROSS,
           f"{MHA}(2, 3, kernel_regularizer=keras.regularizers.L2(0.01), bias_regularizer=keras.regularizers.L1(0.02), "
           "activity_regularizer=keras.regularizers.L2(0.03))(a, b)", regularized=True)
# On JAX, Keras can only do without the same width for key and value where it computes the scores itself.
functional("merge", "multi_head_attention", "mha_value_dim", THREE,
           f"y, s = {MHA}(2, 3, value_dim=4)(a, b, c, return_attention_scores=True)", "y")
functional("merge", "multi_head_attention", "mha_value_dim_gate", CROSS,
           f"y, s = {MHA}(2, 3, value_dim=2, use_gate=True)(a, b, return_attention_scores=True)", "y")
functional("merge", "multi_head_attention", "mha_scores", CROSS,
           f"y, s = {MHA}(2, 3)(a, b, return_attention_scores=True)", "[y, s]")
functional("merge", "multi_head_attention", "mha_scores_axes", tensors("(2, 3, 4)", "(2, 3, 4)"),
           f"y, s = {MHA}(2, 3, attention_axes=2)(a, b, return_attention_scores=True)", "[y, s]")
functional("merge", "multi_head_attention", "mha_masked", CROSS, *MASKED, f"layers.GRU(2)({MHA}(2, 3)(m, n))", mask=SEEN)
functional("merge", "multi_head_attention", "mha_self_masked", tensors("(3, 4)"), MASKED[0],
           f"layers.GRU(2)({MHA}(2, 3)(m, m, use_causal_mask=True))", mask={"a": PADDED["a"]})
functional("merge", "multi_head_attention", "mha_key_masked", tensors("(3, 4)", "(5, 4)", "(5, 3)"),
           "n = layers.Masking(-7.0)(c)", f"{MHA}(2, 3)(a, b, n)", mask={"c": SEEN["b"]})
functional("merge", "multi_head_attention", "mha_attention_mask",
           [*CROSS, "keras.Input(shape=(3, 5), dtype='int32')"],
           f"{MHA}(2, 3)(a, b, attention_mask=c)", x={"c": "bits"})
functional("merge", "multi_head_attention", "mha_attention_mask_heads",
           [*CROSS, "keras.Input(shape=(2, 3, 5), dtype='int32')"],
           f"{MHA}(2, 3)(a, b, attention_mask=c)", x={"c": "bits"})
functional("merge", "multi_head_attention", "mha_every_mask",
           [*CROSS, "keras.Input(shape=(3, 5), dtype='int32')"], *MASKED,
           f"layers.GRU(2)({MHA}(2, 3)(m, n, attention_mask=c, use_causal_mask=True))", x={"c": "bits"}, mask=SEEN)
functional("merge", "multi_head_attention", "transformer_block", tensors("(4, 6)"),
           f"x = layers.Add()([a, {MHA}(2, 3)(a, a)])", "x = layers.LayerNormalization()(x)",
           "y = layers.Dense(6)(layers.Dense(8, activation='relu')(x))",
           "layers.LayerNormalization()(layers.Add()([x, y]))")
functional("merge", "states", "lstm_states", tensors("(3, 2)", "(4, 2)"),
           "y, h, c = layers.LSTM(3, return_state=True)(a)", "layers.LSTM(3)(b, initial_state=[h, c])")

# ---------------------------------------------------------------- masks as arguments

STEPS = [*tensors("(5, 3)"), "keras.Input(shape=(5,), dtype='int32')"]
BITS = dict(x={"b": "bits"})
for name, call in [
    ("lstm", "layers.LSTM(2)(a, mask=b)"),
    ("gru", "layers.GRU(2)(a, mask=b)"),
    ("simple_rnn", "layers.SimpleRNN(2, go_backwards=True)(a, mask=b)"),
    ("bidirectional", "layers.Bidirectional(layers.LSTM(2))(a, mask=b)"),
    ("sequences", "layers.LSTM(2, return_sequences=True, zero_output_for_mask=True)(a, mask=b)"),
    ("average", "layers.GlobalAveragePooling1D()(a, mask=b)"),
    ("average_keepdims", "layers.GlobalAveragePooling1D(keepdims=True)(a, mask=b)"),
    ("batch_norm", "layers.GRU(2)(layers.BatchNormalization()(a, mask=b))"),
    ("time_distributed", "layers.GRU(2)(layers.TimeDistributed(layers.Dense(2))(a, mask=b))"),
    # Keras hands a mask by name on, as one that the input carries.
    ("handed_on", "layers.GRU(2)(layers.LSTM(2, return_sequences=True)(a, mask=b))"),
    ("handed_on_far", "layers.GlobalAveragePooling1D()(layers.Dense(2)(layers.Bidirectional(layers.GRU(2, "
     "return_sequences=True))(a, mask=b)))"),
]:
    functional("merge", "masks_by_name", f"mask_{name}", STEPS, call, **BITS)
functional("merge", "masks_by_name", "mask_average_first", [*tensors("(3, 5)"), STEPS[1]],
           "layers.GlobalAveragePooling1D(data_format='channels_first')(a, mask=b)", **BITS)
functional("merge", "masks_by_name", "mask_none", [*tensors("(None, 3)"), "keras.Input(shape=(None,), dtype='bool')"],
           "layers.LSTM(2)(a, mask=b)", dims=[4, 4], **BITS)
functional("merge", "masks_by_name", "mask_in_place_of_masking", STEPS, MASKED[0], "layers.LSTM(2)(m, mask=b)",
           mask={"a": [".....", "...xx", ".x.x."]}, **BITS)
functional("merge", "masks_by_name", "mask_and_states", [*STEPS, *tensors("(2,)", "(2,)")],
           "layers.LSTM(2)(a, mask=b, initial_state=[c, d])", **BITS)
for name, inputs, call in [
    ("all", [*tensors("(3, 4)"), "keras.Input(shape=(3, 4), dtype='int32')"], "layers.Softmax()(a, mask=b)"),
    ("stretched", [*tensors("(3, 4)"), "keras.Input(shape=(3, 1), dtype='int32')"], "layers.Softmax(axis=1)(a, mask=b)"),
    ("axes", [*tensors("(3, 4)"), "keras.Input(shape=(3, 4), dtype='int32')"], "layers.Softmax(axis=[1, 2])(a, mask=b)"),
    ("scores", [*tensors("(5,)"), "keras.Input(shape=(5,), dtype='int32')"],
     "layers.Dot(axes=(1, 1))([layers.Softmax()(a, mask=b), layers.Dense(3)(layers.Reshape((5, 1))(a))])"),
]:
    functional("merge", "masks_by_name", f"mask_softmax_{name}", inputs, call, **BITS)

PAIR = [*CROSS, "keras.Input(shape=(3,), dtype='int32')", "keras.Input(shape=(5,), dtype='int32')"]
BOTH = dict(x={"c": "bits", "d": "bits"})
for name in ("Attention", "AdditiveAttention"):
    low = "attention" if name == "Attention" else "additive_attention"
    for id, masks in [("both", "[c, d]"), ("value", "[None, d]"), ("query", "[c, None]")]:
        functional("merge", "attention_masks_by_name", f"{low}_mask_{id}", PAIR,
                   f"layers.{name}()([a, b], mask={masks})", **BOTH)
    functional("merge", "attention_masks_by_name", f"{low}_mask_handed_on", PAIR, MASKED[1],
               f"layers.GRU(2)(layers.{name}()([a, n], mask=[c, d], use_causal_mask=True))",
               mask={"b": SEEN["b"]}, **BOTH)
    functional("merge", "attention_masks_by_name", f"{low}_mask_in_place", PAIR, *MASKED,
               f"layers.{name}()([m, n], mask=[None, d])", mask=SEEN, **BOTH)
for id, lines in [
    ("value", [f"{MHA}(2, 3)(a, b, value_mask=d)"]),
    ("key", [f"{MHA}(2, 3)(a, b, key_mask=d)"]),
    ("query", [f"{MHA}(2, 3)(a, b, query_mask=c)"]),
    ("all", [f"{MHA}(2, 3)(a, b, query_mask=c, value_mask=d, key_mask=d, use_causal_mask=True)"]),
]:
    functional("merge", "attention_masks_by_name", f"mha_mask_{id}", PAIR, *lines, **BOTH)
functional("merge", "attention_masks_by_name", "mha_mask_three", [*THREE, *PAIR[3:]],
           f"{MHA}(2, 3)(a, b, c, key_mask=d)", x={"d": "bits"})
functional("merge", "attention_masks_by_name", "mha_mask_in_place", PAIR, *MASKED,
           f"layers.GRU(2)({MHA}(2, 3)(m, n, value_mask=d))", mask=SEEN, **BOTH)
