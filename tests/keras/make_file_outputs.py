"""Models that Keras has compiled by the names of their outputs, and what `fit` makes of them: python make_file_outputs.py FOLDER
writes outputs_named.keras, whose outputs are a dictionary with other words than the layers have, outputs_partial.keras, of which
one output has no loss, and outputs.json with data, histories and the weights after them."""

import json
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import layers

folder = sys.argv[1]
rng = np.random.default_rng(5)


def floats(array):
    return [float(f"{x:.8g}") for x in np.asarray(array, "float64").reshape(-1)]


x = rng.normal(size=(11, 3)).astype("float32")
y = rng.normal(size=(11, 2)).astype("float32")
ids = rng.integers(0, 3, size=11)
cases = {"x": floats(x), "y": floats(y), "ids": ids.tolist()}


def case(name, outputs, targets, **compiled):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((3,), name="x")
    model = keras.Model(inputs, outputs(layers.Dense(4, activation="tanh", name="shared")(inputs)))
    model.compile(keras.optimizers.SGD(0.1), **compiled)
    model.save(os.path.join(folder, f"outputs_{name}.keras"))
    history = model.fit(x, targets, batch_size=4, epochs=2, shuffle=False, validation_split=0.3, verbose=0).history
    cases[name] = {"history": [[key, floats(values)] for key, values in history.items()]}
    cases[name]["after"] = [floats(weight) for weight in model.weights]
    print(name, cases[name]["history"])


case(
    "named",
    lambda h: {"u": layers.Dense(3, activation="softmax", name="first")(h), "b": layers.Dense(2, name="second")(h)},
    {"u": ids, "b": y},
    loss={"b": "mse", "u": "sparse_categorical_crossentropy"},
    loss_weights={"b": 0.5, "u": 2.0},
    metrics={"u": ["accuracy"]},
    weighted_metrics={"b": ["mae"]},
)
case(
    "partial",
    lambda h: [layers.Dense(3, activation="softmax", name="first")(h), layers.Dense(2, name="second")(h)],
    [ids, y],
    loss=[None, "mse"],
    metrics=[["sparse_categorical_accuracy"], ["mae"]],
    weighted_metrics=[[], ["mae"]],
)
with open(os.path.join(folder, "outputs.json"), "w") as file:
    json.dump(cases, file)
    file.write("\n")
