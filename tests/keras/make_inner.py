"""Numbers of real Keras for calls with arguments (`layer(x, training=False)`) and for wrappers around blocks and models.

Keras 3.15 forgets, in `fit` and `predict` of a functional model, the `training` that a layer was called with when the
model was built; its documentation says that it counts first. `Called` says it where the layer is called, so that it
does.

    KERAS_BACKEND=jax python tests/keras/make_inner.py
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
# Keras cuts a summary to the width of the terminal.
os.environ["COLUMNS"] = "200"

import keras
import numpy as np
from keras import Input, Model, layers

OUT = Path(__file__).parent.parent / "fixtures" / "inner.json"
rng = np.random.default_rng(7)
cases = []


class Called(layers.Layer):
    """A layer that is always called with these arguments."""

    def __init__(self, layer, **arguments):
        super().__init__()
        self.layer, self.arguments = layer, arguments

    def build(self, *shapes):
        pass

    def call(self, *inputs):
        return self.layer(*inputs, **self.arguments)


def floats(array):
    array = np.asarray(array)
    return {"shape": list(array.shape), "values": [float(x) for x in array.astype("float32").ravel()]}


def case(name, model, *inputs, fit=True, steps=3):
    weights = [rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.weights]
    for i, w in enumerate(model.weights):
        if "variance" in w.path:
            weights[i] = np.abs(weights[i]) + 0.5
    model.set_weights(weights)
    x = list(inputs) if len(inputs) > 1 else inputs[0]
    outputs = model.predict(x, verbose=0)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    record = {
        "id": name,
        "params": model.count_params(),
        "paths": [w.path for w in model.weights],
        "before": [floats(w) for w in weights],
        "x": [floats(i) for i in inputs],
        "outputs": [floats(o) for o in outputs],
    }
    lines = []
    model.summary(print_fn=lambda line, line_break=True: lines.append(line), expand_nested=True, line_length=88)
    record["summary"] = "\n".join(lines)
    if fit:
        y = rng.normal(size=outputs[0].shape).astype("float32")
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.set_weights(weights)
        history = model.fit(x, y, batch_size=len(y), epochs=steps, shuffle=False, verbose=0)
        record["y"] = floats(y)
        record["loss"] = [float(v) for v in history.history["loss"]]
        record["after"] = [floats(w) for w in model.get_weights()]
        record["evaluate"] = float(model.evaluate(x, y, verbose=0, batch_size=len(y)))
        after = model.predict(x, verbose=0, batch_size=len(y))
        record["after_outputs"] = [floats(after)]
    cases.append(record)
    keras.backend.clear_session()


def normal(*shape):
    return rng.normal(size=shape).astype("float32")


def norm():
    return layers.BatchNormalization(momentum=0.5)


i = Input((4,))
case("bn_false", Model(i, layers.Dense(2)(Called(norm(), training=False)(layers.Dense(5)(i)))), normal(8, 4))
i = Input((4,))
case("dropout_false", Model(i, layers.Dense(2)(Called(layers.Dropout(0.5), training=False)(layers.Dense(5)(i)))), normal(8, 4))
encoder = keras.Sequential([layers.Dense(5), norm(), layers.Dropout(0.5)])
i = Input((4,))
case("encoder_false", Model(i, layers.Dense(2)(Called(encoder, training=False)(i))), normal(8, 4))
i = Input((4,))
case("bn_true", Model(i, layers.Dense(2)(Called(norm(), training=True)(layers.Dense(5)(i)))), normal(8, 4))
i = Input((4,))
shared = norm()
case("bn_shared", Model(i, layers.Dense(2)(layers.Add()([Called(shared, training=False)(i), shared(i)]))), normal(8, 4))
i = Input((5, 3))
case("lstm_false", Model(i, Called(layers.LSTM(4, dropout=0.5, recurrent_dropout=0.3), training=False)(i)), normal(6, 5, 3))
i = Input((5, 3))
lstm = layers.Bidirectional(layers.LSTM(2, dropout=0.5))
case("bidirectional_false", Model(i, Called(lstm, training=False)(i)), normal(6, 5, 3))
i = Input((5, 3))
case("distributed_bn_false", Model(i, Called(layers.TimeDistributed(norm()), training=False)(i)), normal(6, 5, 3))
i = Input((5, 4))
mha = layers.MultiHeadAttention(2, 3, dropout=0.5)
y, scores = Called(mha, use_causal_mask=True, return_attention_scores=True, training=False)(i, i)
case("mha_call", Model(i, [y, scores]), normal(3, 5, 4), fit=False)
i = Input((5, 4))
mha = layers.MultiHeadAttention(2, 3)
case("mha_twice", Model(i, layers.Add()([Called(mha, use_causal_mask=True)(i, i), mha(i, i)])), normal(3, 5, 4))

ids = rng.integers(0, 10, size=(4, 5, 7))
ids[:, :, 4:] = 0
ids[:, :, 0] = 3
i = Input((5, 7), dtype="int32")
sentence = keras.Sequential([layers.Embedding(10, 4, mask_zero=True), layers.LSTM(3)])
case("document", Model(i, layers.GRU(2)(layers.TimeDistributed(sentence)(i))), ids)
i = Input((None, 7), dtype="int32")
sentence = keras.Sequential([Input((7,), dtype="int32"), layers.Embedding(10, 4), layers.LSTM(3)], name="sentence")
case("document_model", Model(i, layers.GRU(2)(layers.TimeDistributed(sentence)(i))), ids)
i = Input((4, 3))
block = keras.Sequential([layers.Dense(5, activation="tanh"), norm(), layers.Dense(2)])
case("distributed_bn", Model(i, layers.TimeDistributed(block)(i)), normal(6, 4, 3))
i = Input((2, 3, 4))
block = keras.Sequential([layers.Dense(5, activation="tanh"), layers.Dense(2)])
case("distributed_twice", Model(i, layers.TimeDistributed(layers.TimeDistributed(block))(i)), normal(3, 2, 3, 4))
x = normal(4, 5, 3)
x[0, 2:] = 0
x[2, 4:] = 0
i = Input((5, 3))
block = keras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(2)])
case("distributed_masked", Model(i, layers.LSTM(2)(layers.TimeDistributed(block)(layers.Masking()(i)))), x)
i = Input((5, 3))
block = keras.Sequential([layers.Reshape((3, 1)), layers.LSTM(2)])
case("distributed_masked_steps", Model(i, layers.TimeDistributed(block)(layers.Masking()(i))), x)
i = Input((5, 3))
block = keras.Sequential([layers.Reshape((3, 1)), layers.Bidirectional(layers.GRU(2, return_sequences=True)), layers.GlobalMaxPooling1D()])
case("distributed_masked_directions", Model(i, layers.TimeDistributed(block)(layers.Masking()(i))), x)
ids = rng.integers(1, 10, size=(4, 3, 6))
ids[0, 1] = 0
ids[:, :, 4:] = 0
i = Input((3, 6), dtype="int32")
words = layers.Embedding(10, 4, mask_zero=True)(i)
case("distributed_words", Model(i, layers.LSTM(2)(layers.TimeDistributed(keras.Sequential([layers.LSTM(3)]))(words))), ids)
i = Input((3, 6, 6, 1))
cnn = keras.Sequential([layers.Conv2D(2, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()])
case("video", Model(i, layers.LSTM(2)(layers.TimeDistributed(cnn)(i))), normal(4, 3, 6, 6, 1))
i = Input((5, 3))
two = layers.Bidirectional(
    layers.LSTM(2, return_sequences=True), backward_layer=layers.GRU(2, return_sequences=True, go_backwards=True)
)
case("bound_directions", Model(i, two(i)), normal(4, 5, 3))

j = Input((3,))
a = layers.Dense(4, activation="tanh")(j)
inner = Model(j, layers.Concatenate()([a, layers.Dense(2)(j)]), name="branches")
i = Input((4, 3))
case("branches", Model(i, layers.TimeDistributed(inner)(i)), normal(3, 4, 3))

encoder = keras.Sequential([Input((6,)), layers.Dense(4, activation="relu"), layers.Dense(3)], name="encoder")
i = Input((6,))
model = Model(i, layers.Dense(2)(encoder(i)))
case("named_block", model, normal(4, 6))

# ---------------------------------------------------------------- penalties of layers inside
#
# An activity penalty of a Dense that TimeDistributed wraps alone is forgotten by Keras 3 (Keras 2 counted it), and of a
# layer that is applied twice only the last output counts where JAX traces the step: neither is asked for here.

L2 = keras.regularizers.L2
KERNEL = {"kernel_regularizer": L2(0.1), "bias_regularizer": keras.regularizers.L1(0.05)}
ACTIVITY = {"activity_regularizer": L2(0.2)}
ALL = KERNEL | ACTIVITY
CELL = ALL | {"recurrent_regularizer": keras.regularizers.L1L2(0.01, 0.02)}


def penalties(name, shape, make, batch=6):
    i = Input(shape)
    case(f"penalty_{name}", Model(i, make(i)), normal(batch, *shape))


def block(*layers):
    return keras.Sequential(list(layers))


def distributed(*layers):
    return keras.layers.TimeDistributed(block(*layers))


penalties("block", (3,), lambda i: block(layers.Dense(4, "tanh", **ALL), layers.Dense(2, **ALL))(i))
penalties("block_in_block", (3,), lambda i: block(block(layers.Dense(4, "tanh", **ALL)), layers.Dense(2, **KERNEL))(i))
penalties("distributed", (4, 3), lambda i: distributed(layers.Dense(4, "tanh", **ALL), layers.Dense(2, **ALL))(i))
penalties("distributed_kernel", (4, 3), lambda i: layers.TimeDistributed(layers.Dense(2, **KERNEL))(i))
penalties("distributed_block_in_block", (4, 3), lambda i: distributed(block(layers.Dense(2, **ALL)), layers.Dense(2))(i))
penalties("distributed_twice", (2, 3, 4), lambda i: layers.TimeDistributed(distributed(layers.Dense(2, **ALL)))(i), 3)
penalties("distributed_conv", (3, 6, 6, 1), lambda i: distributed(layers.Conv2D(2, 3, **ALL), layers.Flatten())(i), 4)
penalties("distributed_lstm", (2, 4, 3), lambda i: distributed(layers.LSTM(2, **CELL))(i), 4)
penalties("distributed_directions", (2, 4, 3), lambda i: distributed(layers.Bidirectional(layers.GRU(2, **CELL)))(i), 4)
penalties("directions_in_block", (4, 3), lambda i: block(layers.Bidirectional(layers.GRU(2, **CELL)), layers.Dense(1, **ALL))(i))
penalties("directions", (4, 3), lambda i: layers.Bidirectional(
    layers.LSTM(2, return_sequences=True, **CELL),
    backward_layer=layers.GRU(2, return_sequences=True, go_backwards=True, **CELL))(i))
penalties("scale", (4, 3), lambda i: block(layers.Dense(4, **ALL), layers.LayerNormalization(
    gamma_regularizer=L2(0.3), beta_regularizer=L2(0.4)), layers.Dense(2))(i))
penalties("norm", (4, 3), lambda i: distributed(layers.Dense(4, **ALL), layers.BatchNormalization(
    momentum=0.5, gamma_regularizer=L2(0.3), beta_regularizer=L2(0.4)))(i))
i = Input((5,), dtype="int32")
ids = rng.integers(0, 6, size=(4, 5))
words = block(layers.Embedding(6, 3, embeddings_regularizer=L2(0.1)), layers.GRU(2, **CELL))
case("penalty_words", Model(i, layers.Dense(2)(words(i))), ids)
i = Input((3, 5), dtype="int32")
ids = rng.integers(0, 6, size=(4, 3, 5))
words = block(layers.Embedding(6, 3, embeddings_regularizer=L2(0.1), mask_zero=True), layers.GRU(2, **CELL))
case("penalty_sentences", Model(i, layers.TimeDistributed(words)(i)), ids)

# ---------------------------------------------------------------- masks that go through models inside

ids = rng.integers(1, 10, size=(4, 6))
ids[0, 2:] = 0
ids[2, 4:] = 0
i = Input((None, 4))
tagger = Model(i, layers.LSTM(3, return_sequences=True)(layers.Dense(4, activation="tanh")(i)), name="tagger")
i = Input((None,), dtype="int32")
case("mask_handed_on", Model(i, layers.GRU(2)(tagger(layers.Embedding(10, 4, mask_zero=True)(i)))), ids)
i = Input((None, 4))
reader = Model(i, layers.LSTM(3)(i), name="reader")
i = Input((None,), dtype="int32")
words = layers.Embedding(10, 4, mask_zero=True)(i)
case("mask_consumed", Model(i, layers.GRU(2)(layers.RepeatVector(3)(reader(words)))), ids)
i = Input((None, 4))
middle = Model(i, layers.Dense(3)(tagger(i)), name="middle")
i = Input((None,), dtype="int32")
case("mask_through_two", Model(i, layers.GRU(2)(middle(layers.Embedding(10, 4, mask_zero=True)(i)))), ids)
i, j = Input((None, 4)), Input((None, 4))
both = Model([i, j], layers.Dense(3)(layers.Maximum()([i, j])), name="both")
i = Input((None,), dtype="int32")
words, others = layers.Embedding(10, 4, mask_zero=True)(i), layers.Embedding(10, 4)(i)
case("mask_of_one", Model(i, layers.GRU(2)(both([words, others]))), ids)

# ---------------------------------------------------------------- models between tensors, inside of another

i = Input((6,))
encoder = Model(i, layers.Dense(2)(layers.Dense(4, activation="tanh")(i)), name="encoder")
i = Input((2,))
decoder = Model(i, layers.Dense(6)(layers.Dense(4, activation="tanh")(i)))
i = Input((6,))
case("functional_autoencoder", Model(i, decoder(encoder(i))), normal(5, 6))

i = Input((4,))
x = layers.Dense(3, activation="tanh")(i)
mean, deviation = layers.Dense(2)(x), layers.Dense(2)(x)
z = layers.Add()([mean, deviation])
encoder = Model(i, [mean, deviation, z])
j = Input((2,))
decoder = Model(j, layers.Dense(4)(j))
case("functional_same_input", Model(i, decoder(encoder(i)[2])), normal(5, 4))

i = Input((4,))
base = Model(i, layers.Dense(3)(norm()(layers.Dense(5, activation="tanh")(i))), name="base")
a, b = Input((4,), name="a"), Input((4,), name="b")
y = layers.Dense(1)(layers.Subtract()([base(a), base(b)]))
case("functional_twice", Model([a, b], y), normal(5, 4), normal(5, 4), fit=False)

i, j = Input((2,), name="small"), Input((3,), name="large")
both = Model([j, i], layers.Concatenate()([layers.Dense(2)(i), layers.Dense(3)(j)]))
inner = Input((3,))
around = Model(inner, layers.Dense(2)(both([inner, layers.Dense(2)(inner)])), name="around")
outer = Input((3,))
last = keras.Sequential([layers.Dense(4), layers.Dense(1)])
case("functional_in_functional", Model(outer, last(around(outer))), normal(5, 3))

i = Input((6, 1))
x = layers.Conv1D(2, 3, activation="relu")(i)
steps = Model(i, layers.Dense(3)(layers.Flatten()(x)), name="steps")
i = Input((4, 6, 1))
case("functional_at_steps", Model(i, layers.GRU(2)(layers.TimeDistributed(steps)(i))), normal(3, 4, 6, 1))

ids = rng.integers(1, 10, size=(4, 6))
ids[0, 2:] = 0
ids[2, 4:] = 0
i = Input((None,), dtype="int32")
x = layers.Embedding(10, 4, mask_zero=True)(i)
reader = Model(i, layers.LSTM(3, return_sequences=True)(x), name="reader")
i = Input((None,), dtype="int32")
case("functional_masks", Model(i, layers.GRU(2)(layers.Dense(4)(reader(i)))), ids)

OUT.write_text(json.dumps(cases))
print(len(cases), "cases,", OUT.stat().st_size, "bytes")
