"""Asks real Keras (3.15.1, JAX) about models that mix what is usually tried alone: masks through merges, wrappers and
attention, states, unusual axes, strides, dilations and merges.

    KERAS_BACKEND=jax python tests/keras/make_mixed.py

writes tests/fixtures/mixed.npz, tests/fixtures/mixed.json and tests/tests/suite/keras/mixed_generated.rs.
"""

from make_fixtures import Archive
from make_reports import write_cases  # It draws `words`, too.
from report_cases import INT, MASK, PADDED, tensors

CASES = []
# Of every sample some step counts: the mean of no steps is NaN in Keras.
SOME = {"a": ["....", "..xx", "xx..", "x.xx"]}


def model(id, inputs, *lines, **options):
    CASES.append(dict(group="mixed", family="mixed", id=id, inputs=inputs, lines=list(lines), batch=4, **options))


def padded(id, *lines, **options):
    """Of sequences of four steps, some of which do not count."""
    mask = SOME if any("AveragePooling" in line for line in lines) else PADDED
    model(id, tensors("(4, 2)"), MASK, *lines, mask=mask, **options)


# ---------------------------------------------------------------- masks through layers

padded("dense_norm_lstm", "x = layers.LayerNormalization()(layers.Dense(3, activation='relu')(m))", "layers.LSTM(2)(x)")
padded("stacked", "x = layers.GRU(3, return_sequences=True)(m)", "x = layers.LSTM(2, return_sequences=True)(x)",
       "layers.SimpleRNN(2)(x)")
padded("zeroed", "x = layers.LSTM(3, return_sequences=True, zero_output_for_mask=True)(m)", "layers.Dense(1)(x)")
padded("backwards_forwards", "x = layers.GRU(3, return_sequences=True, go_backwards=True)(m)", "layers.GRU(2)(x)")
padded("pooled", "layers.GlobalAveragePooling1D()(layers.Dense(3)(m))")
padded("pooled_keepdims", "layers.GlobalAveragePooling1D(keepdims=True)(layers.GRU(3, return_sequences=True)(m))")
padded("added", "x = layers.Add()([m, layers.Dense(2)(m)])", "layers.LSTM(2)(x)")
padded("concatenated", "x = layers.Concatenate()([m, layers.GRU(2, return_sequences=True)(m)])", "layers.GlobalAveragePooling1D()(x)")
padded("concatenated_steps", "x = layers.Concatenate(axis=1)([m, layers.Dense(2)(m)])", "layers.LSTM(2)(x)")
padded("repeated", "x = layers.RepeatVector(3)(layers.LSTM(2)(m))", "layers.GRU(2)(x)")
padded("residual", "x = layers.LSTM(2, return_sequences=True)(m)", "y = layers.Multiply()([x, m])", "layers.GRU(2)(layers.Average()([y, x]))")
padded("activation", "x = layers.Activation('tanh')(layers.LeakyReLU()(m))", "layers.LSTM(2)(x)")
padded("prelu", "x = layers.PReLU(shared_axes=[1])(m)", "layers.GRU(2)(x)")
padded("distributed_dense", "x = layers.TimeDistributed(layers.Dense(3))(m)", "layers.LSTM(2)(x)")
padded("attention_self", "x = layers.Attention()([m, m])", "layers.GlobalAveragePooling1D()(x)")
padded("attention_scaled", "x = layers.Attention(use_scale=True, score_mode='concat')([m, layers.Dense(2)(m)])", "layers.LSTM(2)(x)")
padded("additive", "x = layers.AdditiveAttention()([layers.Dense(3)(m), layers.GRU(3, return_sequences=True)(m)])", "layers.GRU(2)(x)")
padded("batch_norm", "x = layers.BatchNormalization()(m)", "layers.LSTM(2)(x)")
padded("both_ways_stack", "x = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode='ave')(m)",
       "x = layers.Bidirectional(layers.LSTM(2, return_sequences=True), merge_mode='sum')(x)", "layers.GlobalAveragePooling1D()(x)")
padded("both_ways_mul_last", "layers.Bidirectional(layers.SimpleRNN(3), merge_mode='mul')(m)")
padded("states_shared", "y, h, c = layers.LSTM(3, return_state=True)(m)", "x = layers.LSTM(3, return_sequences=True)(a, initial_state=[h, c])",
       "layers.Dense(2)(layers.Concatenate()([y, layers.GlobalMaxPooling1D()(x)]))")
model("words_shared", [INT.format("(4,)"), INT.format("(5,)")], "e = layers.Embedding(6, 3, mask_zero=True)", "r = layers.GRU(2)",
      "layers.Subtract()([r(e(a)), r(e(b))])", x={"a": "words", "b": "words"})
model("words_attention", [INT.format("(4,)"), INT.format("(5,)")], "e = layers.Embedding(6, 3, mask_zero=True)",
      "x = layers.Attention()([e(a), e(b)])", "layers.LSTM(2)(x)", x={"a": "words", "b": "words"})
model("words_heads", [INT.format("(4,)"), INT.format("(5,)")], "e = layers.Embedding(6, 4, mask_zero=True)",
      "x = layers.MultiHeadAttention(2, 2)(e(a), e(b))", "layers.GlobalAveragePooling1D()(x)", x={"a": "words", "b": "words"})

# ---------------------------------------------------------------- recurrent layers with unusual arguments

for id, line in {
    "lstm_no_bias": "layers.LSTM(3, use_bias=False, activation='softsign', recurrent_activation='hard_sigmoid')(a)",
    "lstm_no_forget_bias": "layers.LSTM(3, unit_forget_bias=False, go_backwards=True)(a)",
    "gru_before_no_bias": "layers.GRU(3, reset_after=False, use_bias=False, activation='elu')(a)",
    "gru_gates": "layers.GRU(3, recurrent_activation='tanh', activation='selu', return_sequences=True)(a)",
    "rnn_relu": "layers.SimpleRNN(3, activation='relu', return_sequences=True, go_backwards=True)(a)",
    "rnn_linear": "layers.SimpleRNN(3, activation=None, use_bias=False)(a)",
    "one_unit": "layers.LSTM(1, return_sequences=True)(a)",
    "lstm_exponential": "layers.LSTM(2, activation='gelu', recurrent_activation='softplus')(a)",
}.items():
    model(id, tensors("(5, 3)"), line)
model("one_step", tensors("(1, 3)"), "layers.Bidirectional(layers.GRU(2, return_sequences=True))(a)")
model("one_feature", tensors("(6, 1)"), "layers.Bidirectional(layers.LSTM(2))(a)")

# ---------------------------------------------------------------- axes, strides, windows

for id, shape, line in (
    ("layer_norm_axes", "(3, 4, 2)", "layers.LayerNormalization(axis=[2, 3])(a)"),
    ("mixed_layer_norm_plain", "(3, 4)", "layers.LayerNormalization(center=False, scale=False, epsilon=0.1)(a)"),
    ("batch_norm_axis", "(3, 4)", "layers.BatchNormalization(axis=1, scale=False)(a)"),
    ("softmax_axis", "(3, 4)", "layers.Softmax(axis=1)(layers.Dense(4)(a))"),
    ("prelu_axes", "(3, 4, 2)", "layers.PReLU(shared_axes=[1, 2], alpha_initializer=keras.initializers.Constant(0.3))(a)"),
    ("conv1d_causal", "(7, 3)", "layers.Conv1D(4, 3, padding='causal', dilation_rate=2)(a)"),
    ("conv1d_groups", "(6, 4)", "layers.Conv1D(6, 2, groups=2, strides=2, activation='relu')(a)"),
    ("conv2d_dilated", "(7, 6, 2)", "layers.Conv2D(3, (2, 3), dilation_rate=(2, 1), padding='same', use_bias=False)(a)"),
    ("conv2d_strides", "(7, 5, 2)", "layers.Conv2D(3, (3, 2), strides=(3, 2), padding='same', activation='leaky_relu')(a)"),
    ("pool1d_same", "(7, 2)", "layers.AveragePooling1D(3, strides=2, padding='same')(a)"),
    ("pool2d_strides", "(7, 6, 2)", "layers.MaxPooling2D((3, 2), strides=(2, 3), padding='same')(a)"),
    ("pads_uneven", "(3, 4, 2)", "layers.Conv2D(2, 2)(layers.ZeroPadding2D(((1, 0), (2, 3)))(a))"),
    ("upsampled", "(3, 2, 2)", "layers.UpSampling2D((2, 3), interpolation='bilinear')(a)"),
    ("permuted", "(2, 3, 4)", "layers.Flatten()(layers.Permute((3, 1, 2))(a))"),
    ("reshaped", "(2, 6)", "layers.LSTM(2)(layers.Reshape((-1, 3))(a))"),
    ("rescaled", "(3, 2)", "layers.Rescaling(0.5, offset=-1.0)(layers.Dense(2)(a))"),
    ("elu_celu", "(3, 2)", "layers.Activation('celu')(layers.ELU(alpha=0.3)(layers.Dense(2)(a)))"),
    ("log_softmax", "(3, 4)", "layers.Dense(4, activation='log_softmax')(a)"),
    ("mish_silu", "(5,)", "layers.Dense(3, activation='mish')(layers.Dense(4, activation='silu')(a))"),
    ("global_pools", "(4, 5, 3)", "layers.Concatenate()([layers.GlobalMaxPooling2D()(a), layers.GlobalAveragePooling2D()(a)])"),
    ("distributed_conv", "(2, 5, 3)", "layers.TimeDistributed(layers.Conv1D(2, 2, activation='tanh'))(a)"),
    ("distributed_lstm", "(2, 4, 3)", "layers.TimeDistributed(layers.LSTM(2, return_sequences=True))(a)"),
    ("distributed_pool", "(2, 4, 4, 1)", "layers.LSTM(2)(layers.TimeDistributed(layers.GlobalAveragePooling2D())(a))"),
):
    model(id, tensors(shape), line)
model("dot_axes", tensors("(3, 4)", "(4, 2)"), "layers.Dot(axes=(2, 1))([a, b])")
model("dot_normal", tensors("(5,)", "(5,)"), "layers.Dot(axes=1, normalize=True)([a, b])")
model("minimum_maximum", tensors("(3,)", "(3,)", "(3,)"), "layers.Minimum()([layers.Maximum()([a, b]), c])")
model("broadcast", tensors("(4, 3)", "(1, 3)"), "layers.Multiply()([a, b])")
model("causal", tensors("(4, 3)"), "layers.Attention()([a, a], use_causal_mask=True)")
model("deep_shared", tensors("(4,)"), "d = layers.Dense(4, activation='tanh')", "d(d(d(a)))")


if __name__ == "__main__":
    write_cases("mixed", CASES, Archive())
