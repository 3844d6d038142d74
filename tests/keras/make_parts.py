"""What real Keras makes of parts of models: `base.output`, `model.get_layer("a").output`, `base.layers[:-2]`, and of layers that are
frozen one by one.

    KERAS_BACKEND=jax python tests/keras/make_parts.py
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")
# Keras cuts a summary to the width of the terminal.
os.environ["COLUMNS"] = "200"

import keras
import numpy as np
from keras import Input, Model, Sequential, layers
from keras.layers import (
    LSTM,
    RNN,
    BatchNormalization,
    Bidirectional,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    LSTMCell,
    TimeDistributed,
)

OUT = Path(__file__).parent.parent / "fixtures" / "parts.json"
rng = np.random.default_rng(11)
cases = []


def small():
    inputs = Input(shape=(6,))
    h = Dense(4, activation="tanh", name="features")(inputs)
    h = BatchNormalization()(h)
    return Model(inputs, Dense(3)(h))


def extractor():
    model = small()
    return Model(inputs=model.inputs, outputs=model.get_layer("features").output)


def head():
    base = small()
    x = base.output
    y = Dense(2, activation="softmax")(x)
    return Model(base.input, y)


def before_the_last():
    base = small()
    return Model(inputs=base.inputs, outputs=Dense(7)(base.layers[-2].output))


def all_outputs():
    base = small()
    return Model(inputs=base.inputs, outputs=[layer.output for layer in base.layers])


def conv():
    return Sequential([
        Input(shape=(9, 2)),
        Conv1D(3, 3, strides=2, activation="relu"),
        Conv1D(4, 2, activation="relu", name="middle"),
        Conv1D(2, 2),
    ])


def sequential_extractor():
    model = conv()
    return Model(inputs=model.inputs, outputs=model.get_layer(name="middle").output)


def sequential_outputs():
    model = conv()
    return Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers])


def sequential_head():
    base = conv()
    return Model(base.inputs, Dense(2)(Flatten()(base.outputs[0])))


def sequential_frozen():
    model = Sequential([Input((6,)), Dense(5), Dense(4), Dense(3)])
    for layer in model.layers[:-1]:
        layer.trainable = False
    return model


def stacked():
    base = Sequential([Input((6,)), Dense(5)])
    base.trainable = False
    return Sequential([base, Dense(3)])


def bound_layer():
    inputs = Input((6,))
    dense = Dense(4)
    dense(inputs)
    return Model(dense.input, dense.output)


def shapes():
    inputs = Input((6,))
    base = Model(inputs, Dense(4)(inputs))
    x = Input(shape=base.input_shape[1:])
    y = Dense(base.output_shape[-1])(base(x))
    return Model(x, Dense(base.output.shape[-1] * 2)(y))


def frozen_inside():
    base = small()
    base.trainable = False
    x = Input((6,))
    return Model(x, Dense(2)(base(x, training=False)))


def frozen_first():
    base = small()
    for layer in base.layers[:-2]:
        layer.trainable = False
    return Model(base.input, Dense(2)(base.output))


def frozen_by_class():
    model = small()
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    return model


def frozen_but_one():
    base = small()
    base.trainable = False
    base.get_layer("features").trainable = True
    x = Input((6,))
    return Model(x, Dense(2)(base(x)))


def decoder():
    image = Input((6,))
    autoencoder = Model(image, Dense(6, activation="sigmoid")(Dense(2, activation="relu")(image)))
    code = Input((2,))
    last = autoencoder.layers[-1]
    return Model(code, last(code))


def two_outputs():
    model = small()
    return Model(model.inputs, [model.get_layer("features").output, model.output])


def rest():
    inputs = Input((6,))
    h = Dense(4, name="conv")(inputs)
    model = Model(inputs, Dense(3, name="predictions")(Dropout(0.5, name="drop")(h)))
    begin = Input(shape=model.get_layer("conv").output.shape[1:])
    x = begin
    for name in ["drop", "predictions"]:
        x = model.get_layer(name)(x)
    return Model(begin, x)


def by_class():
    base = conv()
    outputs = []
    for layer in base.layers:
        if isinstance(layer, (layers.Conv2D, layers.Conv1D)):
            outputs.append(layer.output)
    return Model(inputs=base.inputs, outputs=outputs)


def masked():
    ids = Input((5,))
    x = Embedding(10, 4, mask_zero=True)(ids)
    x = LSTM(3, return_sequences=True)(x)
    x = LSTM(3)(x)
    base = Model(ids, Dense(2)(x))
    for layer in base.layers[:2]:
        layer.trainable = False
    return Model(base.input, Dense(1)(base.layers[-2].output))


def without_the_last():
    base = small()
    return Sequential(base.layers[:-1])


def nested():
    inputs = Input((6,))
    block = Sequential([Input((6,)), Dense(4), Dense(3, name="inner")], name="block")
    model = Model(inputs, Dense(2)(block(inputs)))
    block = model.get_layer("block")
    return Model(block.inputs, block.get_layer("inner").output)


def applied_block():
    inputs = Input((6,))
    block = Sequential([Input((6,)), Dense(4), Dense(3)])
    block(inputs)
    return Model(block.input, Dense(2)(block.output))


def added():
    model = Sequential()
    model.add(Input((6,)))
    model.add(Dense(4, name="a"))
    model.add(Dense(2))
    return Model(model.inputs, model.get_layer("a").output, name="extractor")


def states():
    inputs = Input((5, 2))
    lstm = LSTM(3, return_state=True)
    lstm(inputs)
    return Model(inputs, lstm.output)


def operations():
    inputs = Input((6,))
    a = Dense(4)(inputs)
    b = Dense(4)(inputs)
    base = Model(inputs, Dense(3)((a + b) * 0.5))
    return Model(base.input, base.layers[-2].output)


def renewed():
    inputs = Input((6,))
    features = Dense(4)(inputs)
    priority = Dense(1, activation="sigmoid", name="priority")(features)
    model = Model(inputs, priority)
    features = model.layers[1].output
    difficulty = Dense(3, activation="softmax", name="difficulty")(features)
    return Model(inputs, [priority, difficulty])


def two():
    return Sequential([Input((6,)), Dense(5), Dense(4)])


def frozen_in_sequential():
    base = two()
    for layer in base.layers[:-1]:
        layer.trainable = False
    x = Input((6,))
    return Model(x, Dense(2)(base(x)))


def frozen_by_name():
    base = Sequential([Input((6,)), Dense(5, name="a"), Dense(4)])
    base.get_layer("a").trainable = False
    last = base.layers[-1]
    last.trainable = base.layers[0].trainable
    return Sequential([base, Dense(3)])


def frozen_bound():
    l1 = Dense(4, activation="relu")
    l2 = Dense(2)
    model = Sequential([Input((3,)), l1, l2])
    l1.trainable = False
    return model


def frozen_base():
    base = Sequential([Input((6,)), Dense(5)])
    model = Sequential([base, Dense(3)])
    base.trainable = False
    return model


def extractor_of_bound():
    d = Dense(5)
    model = Sequential([Input((6,)), d, Dense(2)])
    return Model(model.inputs, model.get_layer("dense").output)


def block_is_a_layer():
    model = Sequential([two(), Dense(3)])
    model.layers[0].trainable = False
    return model


def layer_of_a_block():
    model = Sequential([two(), Dense(3)])
    model.get_layer("sequential").layers[1].trainable = False
    return model


def block_of_bound():
    mlp = Sequential([Dense(5), Dense(4)])
    x = Input((6,))
    base = Model(x, Dense(2)(mlp(x)))
    base.layers[1].trainable = False
    return base


def inner_extractor():
    base = Sequential([Input((6,)), Dense(5, name="a"), Dense(4)])
    features = Model(base.inputs, base.get_layer("a").output)
    x = Input((6,))
    return Model(x, Dense(2)(features(x)))


def block_elsewhere():
    base = Sequential([Input((6,)), Sequential([Dense(5), Dense(3)]), Dense(4)])
    x = Input((6,), name="x")
    return Model(x, Dense(2)(base.layers[0](x)))


def wrapped_block():
    block = Sequential([Dense(4), Dense(3)])
    steps = TimeDistributed(block)
    block.trainable = False
    x = Input((5, 6))
    return Model(x, Dense(1)(steps(x)))


def wrapped_layer():
    dense = Dense(4)
    steps = TimeDistributed(dense)
    dense.trainable = False
    x = Input((5, 6))
    return Model(x, Dense(1)(steps(x)))


def wrapped_copy():
    lstm = LSTM(2)
    both = Bidirectional(lstm)
    lstm.trainable = False
    x = Input((5, 6))
    return Model(x, Dense(1)(both(x)))


def wrapped_cell():
    cell = LSTMCell(2)
    rnn = RNN(cell)
    cell.trainable = False
    x = Input((5, 6))
    return Model(x, Dense(1)(rnn(x)))


def wrapped_twice():
    block = Sequential([Dense(4), Dense(3)])
    steps = TimeDistributed(TimeDistributed(block))
    block.layers[0].trainable = False
    x = Input((2, 5, 6))
    return Model(x, Dense(1)(steps(x)))


def thawed_in_a_wrapper():
    block = Sequential([Dense(4), Dense(3)])
    steps = TimeDistributed(block)
    steps.trainable = False
    block.layers[1].trainable = True
    x = Input((5, 6))
    return Model(x, Dense(1)(steps(x)))


def thawed():
    x = Input((5, 6))
    y = TimeDistributed(Dense(4, trainable=False))(x)
    base = Model(x, Bidirectional(LSTM(2, trainable=False))(y))
    base.trainable = True
    return base


def frozen_whole():
    model = two()
    model.trainable = False
    model.layers[0].trainable = True
    return model


def frozen_functional():
    model = small()
    model.trainable = False
    model.layers[1].trainable = True
    return model


def thawed_part():
    model = small()
    model.trainable = False
    model.layers[1].trainable = True
    return Model(model.input, model.output)


def without_the_last_inside():
    base = small()
    features = Sequential(base.layers[:-1])
    x = Input((6,))
    return Model(x, Dense(2)(features(x)))


def without_the_last_frozen():
    base = small()
    features = Sequential(base.layers[:-1])
    features.trainable = False
    return Model(features.inputs, Dense(2)(features.outputs[0]))


def by_other_names():
    base = conv()
    kind = layers.Convolution1D
    outputs = [layer.output for layer in base.layers if isinstance(layer, (layers.MaxPool1D, kind))]
    return Model(base.inputs, outputs)


def by_conditions():
    base = small()
    outputs = [
        layer.output
        for layer in base.layers
        if "features" not in layer.name and (isinstance(layer, Dense) or layer.name == "batch_normalization")
    ]
    return Model(base.inputs, outputs)


def last_step():
    x = Input((5, 6))
    base = Model(x, Dense(4)(x))
    return Model(base.input, Dense(2)(base.output[:, -1, :]))


def last_step_of_two():
    x = Input((5, 6))
    base = Model(x, [Dense(4)(x), Dense(3)(x)])
    return Model(base.input, Dense(base.output_shape[1][-1])(base.output[1][:, -1, :]))


def case(build):
    keras.backend.clear_session()
    model = build()
    weights = [rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.weights]
    for i, w in enumerate(model.weights):
        if "variance" in w.path:
            weights[i] = np.abs(weights[i]) + 0.5
    model.set_weights(weights)
    shape = (2, *model.input_shape[1:])
    integers = build is masked
    x = rng.integers(0, 10, size=shape) if integers else rng.normal(size=shape)
    outputs = model.predict(x.astype("float32"), verbose=0)
    lines = []
    model.summary(print_fn=lambda line, line_break=True: lines.append(line), expand_nested=True, line_length=96)
    floats = lambda a: {"shape": list(a.shape), "values": [round(float(v), 7) for v in np.asarray(a).astype("float32").ravel()]}
    cases.append({
        "id": build.__name__,
        "params": model.count_params(),
        "before": [floats(w) for w in weights],
        "x": floats(x),
        "outputs": [floats(o) for o in (outputs if isinstance(outputs, list) else [outputs])],
        "summary": "\n".join(lines),
    })


for build in [extractor, head, before_the_last, all_outputs, sequential_extractor, sequential_outputs, sequential_head,
              sequential_frozen, stacked, bound_layer, shapes, frozen_inside, frozen_first, frozen_by_class, frozen_but_one,
              decoder, two_outputs, rest, by_class, masked, without_the_last, nested, applied_block, added, states, operations, renewed,
              frozen_in_sequential, frozen_by_name, frozen_bound, frozen_base, extractor_of_bound, block_is_a_layer, layer_of_a_block,
              block_of_bound, inner_extractor, block_elsewhere, wrapped_block, wrapped_layer, wrapped_copy, wrapped_cell, wrapped_twice,
              thawed_in_a_wrapper, thawed, frozen_whole, frozen_functional, thawed_part, without_the_last_inside,
              without_the_last_frozen, by_other_names, by_conditions, last_step, last_step_of_two]:
    case(build)
OUT.write_text(json.dumps(cases) + "\n")
