"""Writes summaries.txt: models of real Keras, what their summaries are made of, and the text that Keras prints.

    KERAS_BACKEND=jax python summaries.py

Each case is an `@case` line, `@` lines that say what goes in, and then the text, up to the next case:

    @case name
    @model name | connected (0 or 1)
    @options line_length or - | columns | expand_nested | show_trainable
    @row depth | name | class | output shape | params or ? | Y, N or - | connected to, separated by ;
    @total trainable params | bits | non-trainable params | bits | optimizer params or - | bits

Fields are separated by tabs. `@refused` in place of the text: Keras raises.
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import rich.markup
from keras import layers
from keras.src.utils import summary_utils

out = []


def plain(text):
    return rich.markup.render(text).plain


def bits(weights):
    return int(summary_utils.weight_memory_size(weights) * 8)


def rows(model, connected, depth=0, nodes=None):
    functional = isinstance(model, keras.Model) and not isinstance(model, keras.Sequential)
    for layer in model._operations if functional and depth == 0 else model.layers:
        if not getattr(layer, "built", True):
            params = "?"
        else:
            params = str(layer.count_params()) if hasattr(layer, "count_params") else "0"
        trainable = "-"
        if getattr(layer, "weights", []):
            trainable = "Y" if layer.trainable else "N"
        inbound = [
            f"{t._keras_history.operation.name}[{t._keras_history.node_index}][{t._keras_history.tensor_index}]"
            for node in layer._inbound_nodes
            if nodes and node in nodes
            for t in node.input_tensors
        ]
        shape = plain(summary_utils.format_layer_shape(layer))
        yield [depth, layer.name, type(layer).__name__, shape, params, trainable, ";".join(inbound)]
        if getattr(layer, "layers", None):
            yield from rows(layer, connected, depth + 1, nodes)


def case(name, model, connected=False, line_length=None, columns=112, **options):
    os.environ["COLUMNS"] = str(columns)
    text = []
    try:
        model.summary(line_length=line_length, print_fn=text.append, **options)
    except ValueError:
        text = ["@refused"]
    nodes = sum(model._nodes_by_depth.values(), []) if connected else None
    optimizer = getattr(model, "optimizer", None)
    built = optimizer is not None and optimizer.built

    def line(tag, *fields):
        out.append("@" + tag + "\t" + "\t".join(str(int(f) if isinstance(f, bool) else f) for f in fields))

    line("case", name)
    line("model", model.name, connected)
    line(
        "options",
        line_length or "-",
        columns,
        options.get("expand_nested", False),
        options.get("show_trainable", False),
    )
    for row in rows(model, connected, nodes=nodes):
        line("row", *row)
    total = [model.trainable_weights, model.non_trainable_weights]
    total = [x for w in total for x in (summary_utils.count_params(w), bits(w))]
    if built:
        total += [summary_utils.count_params(optimizer.variables), bits(optimizer.variables)]
    line("total", *(total if built else total + ["-", 0]))
    out.append("".join(text).rstrip("\n"))


def mlp(**names):
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        **names,
    )


def branching():
    keras.utils.clear_session()
    image = keras.Input((32, 32, 3), name="img")
    x = layers.Conv2D(32, 3)(image)
    x = layers.Conv2D(64, 3)(x)
    block = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(64, 3, padding="same")(block)
    x = layers.BatchNormalization()(x)
    x = layers.add([x, block])
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(10, name="a_rather_long_name_for_a_layer")(x)
    return keras.Model(image, x, name="toy_resnet")


def recurrent():
    keras.utils.clear_session()
    words = keras.Input((None,), dtype="int32", name="words")
    x = layers.Embedding(1000, 16)(words)
    sequence, h, c = layers.LSTM(8, return_sequences=True, return_state=True)(x)
    query = layers.Dense(8)(h)
    x = layers.Attention()([sequence, sequence])
    x = layers.LSTM(4)(x, initial_state=[layers.Dense(4)(query), layers.Dense(4)(c)])
    return keras.Model(words, [x, sequence], name="encoder")


def nested(frozen=True):
    keras.utils.clear_session()
    tower = keras.Sequential(
        [keras.Input((16,)), layers.Dense(8), keras.Sequential([keras.Input((8,)), layers.Dense(4)], name="head")],
        name="tower",
    )
    tower.layers[0].trainable = not frozen
    a, b = keras.Input((16,), name="a"), keras.Input((16,), name="b")
    return keras.Model([a, b], layers.Dense(1)(layers.Concatenate()([tower(a), tower(b)])), name="siamese")


def unbuilt():
    keras.utils.clear_session()
    return keras.Sequential([layers.Dense(3), layers.Flatten()])


keras.utils.clear_session()
case("sequential", mlp())
for columns in (80, 30):
    case(f"sequential on {columns} columns", mlp(name="digits"), columns=columns)
for width in (13, 17, 20, 33, 61, 112):
    case(f"sequential {width} wide", mlp(name="digits"), line_length=width, columns=200)
case("wider than the terminal", mlp(name="digits"), line_length=100, columns=60)
case("long model name", mlp(name="a_very_long_name_indeed " * 3 + "x" * 50), columns=40)
case("sequential trainable", mlp(name="digits"), show_trainable=True)
case("sequential trainable, narrow", mlp(name="digits"), show_trainable=True, line_length=47)
keras.utils.clear_session()
trained = mlp(name="trained")
trained.layers[0].trainable = False
trained.compile("adam", "sparse_categorical_crossentropy")
trained.fit(np.zeros((4, 784)), np.zeros(4), verbose=0)
case("optimizer", trained, show_trainable=True)
case("unbuilt", unbuilt())
case("one straight line", keras.Model(*(lambda x: (x, layers.Dense(2)(x)))(keras.Input((4,)))))
for columns in (112, 80):
    case(f"branching on {columns} columns", branching(), connected=True, columns=columns)
    case(f"recurrent on {columns} columns", recurrent(), connected=True, columns=columns)
for width in (24, 37, 93):
    case(f"branching {width} wide", branching(), connected=True, line_length=width, columns=200)
for width in (None, 60):
    case(f"branching trainable {width}", branching(), True, width, 200, show_trainable=True)
for width in (None, 51):
    for trainable in (False, True):
        options = dict(expand_nested=True, show_trainable=trainable)
        case(f"nested {width} {trainable}", nested(), True, width, 200, **options)
case("nested folded", nested(), True)
case("double width", mlp(name="模型模型模型模型模型模型模型"), columns=30)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "summaries.txt")
with open(path, "w") as file:
    file.write("\n".join(out) + "\n")
