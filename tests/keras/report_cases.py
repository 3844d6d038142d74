"""Public reports of Keras and PyTorch users, each as the smallest model that shows what was reported.

`MODELS` are models of one pass (outputs, loss, gradients), in the words of layer_cases.py with the report as first
argument. `FITS` are trainings: the model, its data, and what `compile` and `fit` are told.
"""

import keras
import numpy as np
from keras import layers

MODELS = []
INT = "keras.Input(shape={}, dtype='int32')"
MASK = "m = layers.Masking(-7.0)(a)"
PADDED = {"a": ["....", "..xx", "xx..", "xxxx"]}


def model(report, id, inputs, *lines, **options):
    MODELS.append(dict(report=report, group="reports", family="reports", id=id, inputs=inputs, lines=list(lines),
                       batch=4, **options))


def tensors(*shapes):
    return [f"keras.Input(shape={shape})" for shape in shapes]


# ---------------------------------------------------------------- states

for cell, states in (("LSTM", "fh, fc, bh, bc"), ("GRU", "fh, bh"), ("SimpleRNN", "fh, bh")):
    for mode in ("concat", "mul"):
        model("keras#8823: states of a wrapped LSTM, merged or not", f"bidirectional_{cell.lower()}_states_{mode}",
              tensors("(4, 2)"), MASK,
              f"y, {states} = layers.Bidirectional(layers.{cell}(2, return_state=True), merge_mode='{mode}')(m)",
              f"[y, {states}]", mask=PADDED)
model("keras#8977: sequences and states from Bidirectional at once", "bidirectional_sequences_and_states",
      tensors("(4, 2)"), MASK,
      "y, fh, fc, bh, bc = layers.Bidirectional(layers.LSTM(2, return_state=True, return_sequences=True))(m)",
      "[y, fh, fc, bh, bc]", mask=PADDED)
model("keras#9248: states of one Bidirectional begin another", "bidirectional_initial_state",
      tensors("(4, 2)", "(3, 2)"), MASK,
      "y, f, g = layers.Bidirectional(layers.GRU(3, return_state=True))(m)",
      "layers.Bidirectional(layers.GRU(3, return_sequences=True))(b, initial_state=[f, g])", mask=PADDED)
model("keras#1569: what a padded sequence leaves behind is its last valid state", "states_of_padded",
      tensors("(4, 2)"), MASK, "y, h, c = layers.LSTM(3, return_state=True, return_sequences=True)(m)", "[y, h, c]",
      mask=PADDED)
model("keras#11499: every state is masked, also where time runs backwards", "states_of_padded_backwards",
      tensors("(4, 2)"), MASK,
      "y, h, c = layers.LSTM(3, return_state=True, return_sequences=True, go_backwards=True)(m)", "[y, h, c]",
      mask=PADDED)
# ---------------------------------------------------------------- masks and direction

for cell in ("LSTM", "GRU", "SimpleRNN"):
    for backwards in ("False", "True"):
        for sequences in ("False", "True"):
            model("keras#17596: zero_output_for_mask where only the last output is asked for",
                  f"zero_output_{cell.lower()}_{backwards.lower()}_{sequences.lower()}", tensors("(4, 2)"), MASK,
                  f"layers.{cell}(2, zero_output_for_mask=True, go_backwards={backwards}, "
                  f"return_sequences={sequences})(m)", mask=PADDED)
model("keras#6022: the mask after a layer that runs backwards", "mask_after_backwards", tensors("(4, 2)"), MASK,
      "x = layers.GRU(2, go_backwards=True, return_sequences=True)(m)", "layers.LSTM(2)(x)", mask=PADDED)
model("keras#3737: the same mask in a mean over the steps", "mean_after_backwards", tensors("(4, 2)"), MASK,
      "x = layers.SimpleRNN(2, go_backwards=True, return_sequences=True)(m)", "layers.GlobalAveragePooling1D()(x)",
      mask={"a": ["....", "..xx", "xx..", "x..."]})
for mode in ("concat", "sum", "mul", "ave"):
    model("pytorch#3662: bidirectional layers on top of each other see no padding", f"packed_{mode}",
          tensors("(4, 2)"), MASK,
          f"x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), merge_mode='{mode}')(m)",
          f"layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode='{mode}')(x)", mask=PADDED)
model("keras#10175: Bidirectional of a layer that runs backwards", "bidirectional_of_backwards", tensors("(4, 2)"), MASK,
      "layers.Bidirectional(layers.LSTM(2, go_backwards=True, return_sequences=True), "
      "backward_layer=layers.LSTM(2, return_sequences=True))(m)", mask=PADDED)
model("keras#3086: padding in a sum of both directions of an LSTM of one unit", "masked_sum_of_directions",
      tensors("(4, 2)"), MASK, "x = layers.Bidirectional(layers.LSTM(1, return_sequences=True), merge_mode='sum')(m)",
      "layers.LSTM(1)(x)", mask=PADDED)
model("keras#10895: mean of word vectors without padding", "mean_of_words", [INT.format("(5,)")],
      "x = layers.Embedding(6, 3, mask_zero=True)(a)", "layers.GlobalAveragePooling1D()(x)", x={"a": "words"})
model("keras#10895: the same behind Concatenate of two texts", "mean_of_two_texts",
      [INT.format("(5,)"), INT.format("(3,)")], "e = layers.Embedding(6, 3, mask_zero=True)",
      "layers.GlobalAveragePooling1D()(layers.Concatenate(axis=1)([e(a), e(b)]))", x={"a": "words", "b": "words"})
model("keras#10895: a text and a vector at each of its steps", "text_and_features",
      [INT.format("(5,)"), "keras.Input(shape=(5, 2))"], "e = layers.Embedding(6, 3, mask_zero=True)(a)",
      "layers.LSTM(2)(layers.Concatenate()([e, b]))", x={"a": "words"})
model("keras#5212: sentences of words, a layer at each sentence", "sentences_of_words", [INT.format("(3, 4)")],
      "e = layers.Embedding(6, 3, mask_zero=True)(a)", "x = layers.TimeDistributed(layers.LSTM(2))(e)",
      "layers.Dense(2)(layers.GRU(2)(x))", x={"a": "words"})
model("keras#5212: the same both ways", "sentences_of_words_both_ways", [INT.format("(3, 4)")],
      "e = layers.Embedding(6, 3, mask_zero=True)(a)",
      "x = layers.TimeDistributed(layers.Bidirectional(layers.GRU(2)))(e)", "layers.Bidirectional(layers.LSTM(2))(x)",
      x={"a": "words"})
model("keras#2765: one LSTM for two sequences", "shared_lstm", tensors("(4, 2)", "(4, 2)"), MASK,
      "l = layers.LSTM(3)", "layers.Dense(1)(layers.Concatenate()([l(m), l(b)]))", mask=PADDED)
model("keras#2765: the same with its states, and the mask on one side", "shared_lstm_states",
      tensors("(4, 2)", "(3, 2)"), MASK, "l = layers.LSTM(3, return_state=True)", "y, h, c = l(m)",
      "z, i, j = l(b)", "[y, h, z, j]", mask=PADDED)

# ---------------------------------------------------------------- attention

MHA = "layers.MultiHeadAttention"
model("pytorch#41508: rows that may look at nothing, in self-attention", "mha_nothing_to_look_at", tensors("(4, 4)"), MASK,
      f"{MHA}(2, 3)(m, m, use_causal_mask=True)", mask=PADDED)
model("pytorch#160064: a mask by argument that hides everything from a row", "mha_hidden_row",
      [*tensors("(3, 4)", "(5, 4)"), INT.format("(3, 5)")], f"{MHA}(2, 3)(a, b, attention_mask=c)",
      x={"c": "some_rows"})
model("pytorch#41508: Attention over padding only", "attention_over_padding", tensors("(3, 4)", "(4, 4)"),
      "n = layers.Masking(-7.0)(b)", "y, s = layers.Attention(use_scale=True)([a, n], return_attention_scores=True)",
      "[y, s]", mask={"b": PADDED["a"]})
model("pytorch#41508: causal and padded, the padding first", "mha_left_padding", tensors("(4, 4)", "(4, 4)"), MASK,
      "n = layers.Masking(-7.0)(b)", f"x = layers.Add()([m, {MHA}(1, 4)(m, n, use_causal_mask=True)])",
      "layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))",
      mask={"a": ["x...", "xx..", "....", "xxx."], "b": ["x...", "xx..", "..xx", "xxxx"]})

# ---------------------------------------------------------------- normalisation in one pass

for id, shape, arguments in [
    ("image", "(3, 2, 4)", "axis=[1, 2, 3]"), ("channels", "(3, 2, 4)", "axis=1"), ("rms", "(3, 4)", "rms_scaling=True"),
    ("rms_image", "(3, 2, 4)", "axis=[1, 3], rms_scaling=True"), ("plain", "(6,)", "center=False, epsilon=1e-6"),
]:
    model("pytorch#74033: LayerNorm over some axes of many", f"layer_norm_{id}", tensors(shape),
          f"layers.LayerNormalization({arguments})(a)")
for id, shape, arguments in [("axis1", "(3, 2, 4)", "axis=1"), ("axis2", "(3, 2, 4)", "axis=-2, epsilon=0.1"),
                             ("frozen", "(3,)", "trainable=False, momentum=0.5")]:
    model("pytorch#100048: BatchNorm that predicts by its averages", f"batch_norm_eval_{id}", tensors(shape),
          f"layers.BatchNormalization({arguments})(a)")

# ---------------------------------------------------------------- trainings

RNG = np.random.RandomState(23)


def draw(*shape):
    return RNG.uniform(-1, 1, shape).round(3).astype("float32")


def sequential(*stack):
    return lambda: keras.Sequential(list(stack[:1]) + [make() for make in stack[1:]])


def siamese():
    a, b = keras.Input((3,)), keras.Input((3,))
    norm = layers.BatchNormalization(momentum=0.5)
    return keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([norm(a), norm(b)])))


def again():
    a = keras.Input((3,))
    block = keras.Sequential([layers.Dense(3), layers.BatchNormalization(momentum=0.5)])
    x = a
    for _ in range(3):
        x = block(x)
    return keras.Model(a, x)


def shared_sequences():
    a, b = keras.Input((4, 2)), keras.Input((3, 2))
    norm = layers.BatchNormalization(momentum=0.8)
    rnn = layers.LSTM(2)
    x = rnn(norm(layers.Masking(-7.0)(a)))
    return keras.Model([a, b], layers.Dense(1)(layers.Add()([x, rnn(norm(b))])))


def two_heads():
    a = keras.Input((3,))
    x = layers.Dense(4, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.1))(a)
    kind = layers.Dense(3, activation="softmax", name="kind")(x)
    score = layers.Dense(1, name="score", activity_regularizer=keras.regularizers.L2(0.2))(x)
    return keras.Model(a, [kind, score])


def padded(rows, steps, width, lengths, left=False):
    x = draw(rows, steps, width)
    for row, length in enumerate(lengths):
        x[row, :steps - length if left else steps] = x[row, :steps - length if left else steps]
        if left:
            x[row, :steps - length] = -7
        else:
            x[row, length:] = -7
    return x


SGD = dict(optimizer=lambda: keras.optimizers.SGD(0.3), loss="mse")
FITS = {
    # keras#8794: one BatchNormalization for two inputs
    "siamese": dict(model=siamese, x=[draw(7, 3), draw(7, 3) * 3 + 1], y=draw(7, 1), **SGD),
    # keras#6623: one for three calls in a row
    "again": dict(model=again, x=[draw(7, 3) + 2], y=draw(7, 3), **SGD),
    # keras#8794 with masks and a shared LSTM
    "shared_sequences": dict(model=shared_sequences, x=[padded(5, 4, 2, [4, 2, 3, 1, 0]), draw(5, 3, 2)],
                             y=draw(5, 1), **SGD),
    # keras#8982: the variance that is kept is that of the batch, not of the population
    "small_batches": dict(model=sequential(keras.Input((2,)), lambda: layers.BatchNormalization(momentum=0.9)),
                          x=[draw(6, 2)], y=draw(6, 2), batch_size=2, **SGD),
    # keras#10443: with momentum 0 the averages are the batch's
    "no_momentum": dict(model=sequential(keras.Input((2, 3)), lambda: layers.BatchNormalization(momentum=0.0, axis=1)),
                        x=[draw(5, 2, 3) * 4], y=draw(5, 2, 3), batch_size=5, evaluate=True, **SGD),
    # pytorch#156051: batches of one sample
    "one_sample": dict(model=sequential(keras.Input((2,)), lambda: layers.Dense(3), layers.BatchNormalization,
                                        lambda: layers.Dense(1)),
                       x=[draw(3, 2)], y=draw(3, 1), batch_size=1, evaluate=True, **SGD),
    # pytorch#3122: in a model that ends with another batch size, then evaluated
    "norm_then_evaluate": dict(model=sequential(keras.Input((4, 2)), lambda: layers.Conv1D(3, 2, use_bias=False),
                                                lambda: layers.BatchNormalization(momentum=0.7), layers.ReLU,
                                                layers.GlobalAveragePooling1D, lambda: layers.Dense(1)),
                               x=[draw(7, 4, 2)], y=draw(7, 1), evaluate=True, **SGD),
    # keras#9522: a frozen BatchNormalization among layers that train
    "frozen_norm": dict(model=sequential(keras.Input((3,)), lambda: layers.Dense(3),
                                         lambda: layers.BatchNormalization(trainable=False, momentum=0.5),
                                         lambda: layers.Dense(2, trainable=False), lambda: layers.Dense(1)),
                        x=[draw(7, 3)], y=draw(7, 1), evaluate=True, **SGD),
    # keras#7466: BatchNormalization at every step
    "norm_at_steps": dict(model=sequential(keras.Input((4, 2)),
                                           lambda: layers.TimeDistributed(layers.BatchNormalization(momentum=0.8)),
                                           lambda: layers.GRU(2)),
                          x=[draw(5, 4, 2)], y=draw(5, 2), evaluate=True, **SGD),
    # keras#18759: padding in the moments of a batch, one sample nothing but padding
    "norm_of_padded": dict(model=sequential(keras.Input((4, 2)), lambda: layers.Masking(-7.0),
                                            lambda: layers.BatchNormalization(momentum=0.8),
                                            lambda: layers.Bidirectional(layers.GRU(2))),
                           x=[padded(5, 4, 2, [4, 2, 3, 1, 0])], y=draw(5, 4), evaluate=True, **SGD),
    # keras#2849: states go on from batch to batch and from epoch to epoch
    "stateful": dict(model=sequential(keras.Input((3, 2), batch_size=2), lambda: layers.LSTM(3, stateful=True),
                                      lambda: layers.Dense(1)),
                     x=[draw(6, 3, 2)], y=draw(6, 1), batch_size=2, evaluate=True, **SGD),
    # keras#20327: two of them, with sequences between
    "stateful_stack": dict(model=sequential(
        keras.Input((3, 2), batch_size=2), lambda: layers.LSTM(3, stateful=True, return_sequences=True),
        lambda: layers.GRU(2, stateful=True, reset_after=False)),
                           x=[draw(6, 3, 2)], y=draw(6, 2), batch_size=2, evaluate=True, **SGD),
    # tf-keras#734: classes of -1 do not count
    "ignore_class": dict(model=sequential(keras.Input((3,)), lambda: layers.Dense(4, activation="softmax")),
                         x=[draw(7, 3)], y=np.array([1, -1, 0, -1, -1, -1, 3], "int32"), evaluate=True,
                         optimizer=lambda: keras.optimizers.SGD(0.3),
                         loss=lambda: keras.losses.SparseCategoricalCrossentropy(ignore_class=-1),
                         metrics=lambda: ["accuracy"]),
    # keras#6118: the same for each step of a sequence, from logits
    "ignore_class_steps": dict(model=sequential(keras.Input((3, 2)), lambda: layers.Masking(-7.0),
                                                lambda: layers.SimpleRNN(4, return_sequences=True)),
                               x=[padded(5, 3, 2, [3, 2, 1, 3, 2])], evaluate=True,
                               y=np.array([[1, 2, 3], [2, 2, 0], [0, 1, 1], [2, 2, 2], [3, 0, 1]], "int32"),
                               optimizer=lambda: keras.optimizers.SGD(0.3),
                               loss=lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2)),
    # keras#22018: regularisers in the loss of a smaller last batch, two outputs
    "two_heads": dict(model=two_heads, x=[draw(7, 3)],
                      y=[np.array([0, 2, 1, 1, 0, 2, 1], "int32"), draw(7, 1)], evaluate=True,
                      optimizer=lambda: keras.optimizers.SGD(0.3),
                      loss=lambda: {"kind": "sparse_categorical_crossentropy", "score": "mse"}),
    # keras#12632: top-k accuracy and others over a smaller last batch
    "metrics": dict(model=sequential(keras.Input((3,)), lambda: layers.Dense(4, activation="softmax")),
                    x=[draw(7, 3)], y=np.eye(4, dtype="float32")[[0, 2, 1, 3, 0, 2, 1]], evaluate=True,
                    optimizer=lambda: keras.optimizers.SGD(0.3), loss="categorical_crossentropy",
                    metrics=lambda: [keras.metrics.TopKCategoricalAccuracy(k=2), keras.metrics.AUC(),
                                     keras.metrics.Precision(), keras.metrics.Recall(top_k=2),
                                     keras.metrics.RootMeanSquaredError()]),
    # keras#16271: precision of one class behind a mask
    "precision_of_padded": dict(model=sequential(keras.Input((3, 2)), lambda: layers.Masking(-7.0),
                                                 lambda: layers.Dense(3, activation="softmax")),
                                x=[padded(5, 3, 2, [3, 2, 1, 3, 2])],
                                y=np.eye(3, dtype="float32")[[[1, 2, 0], [2, 2, 0], [0, 1, 1], [2, 2, 2], [1, 0, 1]]],
                                optimizer=lambda: keras.optimizers.SGD(0.3), loss="categorical_crossentropy",
                                metrics=lambda: [keras.metrics.Precision(class_id=2, thresholds=0.2)], only_evaluate=True),
    # transformers#4360: weight decay and momentum of weights that are frozen or excluded
    "weight_decay": dict(model=sequential(keras.Input((3,)), lambda: layers.Dense(3, trainable=False),
                                          lambda: layers.LayerNormalization(), lambda: layers.Dense(1)),
                         x=[draw(7, 3)], y=draw(7, 1), evaluate=True, loss="mse",
                         optimizer=lambda: excluding(keras.optimizers.AdamW(0.05, weight_decay=0.2))),
    # pytorch#1099: Nesterov momentum with a schedule that changes at a step
    "nesterov": dict(model=sequential(keras.Input((3,)), lambda: layers.Dense(1)), x=[draw(7, 3)], y=draw(7, 1), loss="mse",
                     optimizer=lambda: keras.optimizers.SGD(
                         keras.optimizers.schedules.PiecewiseConstantDecay([2, 4], [0.3, 0.1, 0.03]), momentum=0.8,
                         nesterov=True)),
    # keras#13575: clipping by the norm of each weight
    "clipnorm": dict(model=sequential(keras.Input((4, 3)), lambda: layers.LSTM(3), lambda: layers.Dense(1)),
                     x=[draw(7, 4, 3)], y=draw(7, 1) * 9, loss="mse",
                     optimizer=lambda: keras.optimizers.RMSprop(0.02, clipnorm=0.1, centered=True, momentum=0.5)),
    # pytorch#142323: AMSGrad and a global norm
    "amsgrad": dict(model=sequential(keras.Input((4, 3)), lambda: layers.GRU(3), lambda: layers.Dense(1)),
                    x=[draw(7, 4, 3)], y=draw(7, 1) * 9, loss="mse",
                    optimizer=lambda: keras.optimizers.Adam(0.05, amsgrad=True, global_clipnorm=0.5)),
}


def excluding(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma"])
    return optimizer
