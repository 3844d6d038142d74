"""Asks real Keras (3.15.1, JAX) what `fit` and `evaluate` do with weights, splits, masks and uneven batches.

    KERAS_BACKEND=jax python tests/keras/make_training.py

writes tests/fixtures/training.json: the models' initial weights and data, and per case the history, the weights after
the training, or what `evaluate` gave. The Rust side is tests/tests/suite/training.rs.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "training.json"
RNG = np.random.RandomState(7)


def draw(*shape):
    return RNG.uniform(-1, 1, shape).round(3).astype("float32")


X = draw(7, 2)
CLASSES = np.array([0, 2, 1, 1, 0, 2, 1], "int32")
ONE_HOT = np.eye(3, dtype="float32")[CLASSES]
BITS = np.array([0, 1, 1, 0, 1, 0, 0], "float32")
SAMPLE = np.array([1, 2, 0.5, 0, 1.5, 3, 0.25], "float32")
CLASS = {0: 2.0, 1: 0.5}
WIDE = [draw(2, 3), draw(3)]
NARROW = [draw(2, 1), draw(1)]
IDS = np.array([[3, 1, 4, 1, 5], [2, 6, 0, 0, 0], [5, 3, 5, 0, 0], [1, 0, 0, 0, 0]], "int32")
LABELS = np.array([[0, 1, 2, 1, 0], [2, 1, 0, 0, 0], [1, 1, 2, 0, 0], [0, 0, 0, 0, 0]], "int32")
LAST = np.array([0, 1, 1, 2], "int32")


def lists(arrays):
    return [{"shape": list(a.shape), "values": [float(v) for v in np.ravel(a)]} for a in arrays]


def wide(loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="softmax")])
    model.set_weights(WIDE)
    model.compile(keras.optimizers.SGD(0.5), loss, metrics=["accuracy"])
    return model


def narrow():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.set_weights(NARROW)
    model.compile(keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
    return model


def masked(per_step):
    model = keras.Sequential([
        keras.Input((None,), dtype="int32"),
        layers.Embedding(8, 3, mask_zero=True),
        layers.Bidirectional(layers.LSTM(2, return_sequences=per_step)),
        layers.Dense(3, activation="softmax"),
    ])
    global MASKED
    if MASKED is None:
        MASKED = [draw(*w.shape) for w in model.get_weights()]
    model.set_weights(MASKED)
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


MASKED = None


def fit(model, x, y, **arguments):
    arguments = {"batch_size": 3, "epochs": 2, "shuffle": False, "verbose": 0, **arguments}
    history = model.fit(x, y, **arguments)
    logs = {name: [float(v) for v in values] for name, values in history.history.items()}
    return {"epoch": history.epoch, "history": logs, "weights": lists(model.get_weights())}


def evaluate(model, x, y, **arguments):
    return model.evaluate(x, y, batch_size=3, verbose=0, return_dict=True, **arguments)


def main():
    cases = {
        "plain": fit(wide(), X, CLASSES),
        "class_weight": fit(wide(), X, CLASSES, class_weight=CLASS),
        "sample_weight": fit(wide(), X, CLASSES, sample_weight=SAMPLE),
        "split": fit(wide(), X, CLASSES, validation_split=0.3),
        "class_weight_split": fit(wide(), X, CLASSES, class_weight=CLASS, validation_split=0.3),
        "sample_weight_split": fit(wide(), X, CLASSES, sample_weight=SAMPLE, validation_split=0.3),
        "one_hot_class_weight": fit(wide("categorical_crossentropy"), X, ONE_HOT, class_weight=CLASS),
        "binary_class_weight": fit(narrow(), X, BITS, class_weight=CLASS),
        "initial_epoch": fit(wide(), X, CLASSES, initial_epoch=2, epochs=4),
        "steps_per_epoch": fit(wide(), X, CLASSES, steps_per_epoch=2, epochs=3),
        "validation_freq": fit(wide(), X, CLASSES, validation_data=(X[:4], CLASSES[:4]), validation_freq=2, epochs=5),
        "evaluate": evaluate(wide(), X, CLASSES),
        "evaluate_weighted": evaluate(wide(), X, CLASSES, sample_weight=SAMPLE),
        "masked_steps": fit(masked(True), IDS, LABELS, batch_size=2),
        "masked_steps_weighted": fit(masked(True), IDS, LABELS, batch_size=2,
                                     sample_weight=np.array([1, 2, 0.5, 3], "float32")[:, None] * np.ones((1, 5), "float32")),
        "masked_last": fit(masked(False), IDS, LAST, batch_size=2),
    }
    # Keras on JAX loses the mask of the output on its way from the gradient to the metrics: `fit` counts padded steps
    # in the accuracy there, `evaluate` does not (nor does either on other backends).
    for name in ("masked_steps", "masked_steps_weighted"):
        del cases[name]["history"]["accuracy"]
    cases["evaluate_masked"] = evaluate(masked(True), IDS, LABELS)
    data = {
        "x": lists([X])[0], "classes": CLASSES.tolist(), "bits": BITS.tolist(), "sample_weight": SAMPLE.tolist(),
        "class_weight": [[k, v] for k, v in CLASS.items()], "wide": lists(WIDE), "narrow": lists(NARROW),
        "ids": IDS.tolist(), "labels": LABELS.tolist(), "last": LAST.tolist(), "masked_last": lists(MASKED),
        "cases": cases,
    }
    FIXTURE.write_text(json.dumps(data, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    print(f"{len(cases)} cases")
    for name, case in cases.items():
        print(name, case.get("history", case), case.get("epoch"))


if __name__ == "__main__":
    main()
