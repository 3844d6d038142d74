"""Asks real Keras (3.15.1, JAX) what masks of any rank, sample weights of any rank and loss weights do in `evaluate` and
`fit`, with several batches and a smaller last one.

    KERAS_BACKEND=jax python tests/keras/make_weights.py

writes tests/fixtures/weights.json: the data, and per case the initial weights, what `evaluate` gives before the training,
the history of two epochs and the weights after them. The Rust side is tests/tests/suite/weights.rs.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "weights.json"
RNG = np.random.RandomState(11)


def draw(*shape, low=-1, high=1):
    return RNG.uniform(low, high, shape).round(3).astype("float32")


def lists(arrays):
    return [{"shape": list(a.shape), "values": [float(v) for v in np.ravel(a)]} for a in arrays]


DATA = {
    "grid_ids": np.array(RNG.randint(0, 8, (5, 3, 4)) * (RNG.rand(5, 3, 4) > 0.4), "int32"),
    "grid_y": draw(5, 3, 4, 1),
    "grid_w": draw(5, 3, 4, low=0, high=2),
    "ids": np.array([[3, 1, 4, 1], [2, 6, 0, 0], [5, 3, 5, 0], [1, 0, 0, 0], [7, 2, 2, 1]], "int32"),
    "labels": np.array([[0, 1, 2, 1], [2, 1, 0, 0], [1, 1, 2, 0], [0, 0, 0, 0], [2, 2, 0, 1]], "int32"),
    "rows": draw(5, 4) * np.array([1, 0, 1, 1, 0], "float32")[:, None],
    "row_y": draw(5, 1),
    "x": draw(5, 4, 2),
    "y": draw(5, 4, 1),
    "flat_x": draw(7, 3),
    "flat_y": draw(7, 1),
    "classes": np.array([0, 2, 1, 1, 0, 2, 1], "int32"),
    "w": np.array([1, 2, 0.5, 0, 1.5], "float32"),
    "w7": np.array([1, 2, 0.5, 0, 1.5, 3, 0.25], "float32"),
    "step_w": draw(5, 4, low=0, high=2),
}
D = DATA


def grid():
    return keras.Sequential([
        keras.Input((3, 4), dtype="int32"), layers.Embedding(8, 2, mask_zero=True), layers.Dense(1),
    ])


def row():
    return keras.Sequential([keras.Input((4,)), layers.Masking(), layers.Dense(1)])


def steps():
    return keras.Sequential([keras.Input((None, 2)), layers.Dense(1)])


def words():
    return keras.Sequential([
        keras.Input((None,), dtype="int32"), layers.Embedding(8, 3, mask_zero=True),
        layers.LSTM(2, return_sequences=True), layers.Dense(3, activation="softmax"),
    ])


def dense():
    return keras.Sequential([
        keras.Input((3,)), layers.Dense(2, activation="tanh", kernel_regularizer="l2"), layers.Dense(1),
    ])


def classes():
    return keras.Sequential([keras.Input((3,)), layers.Dense(3, activation="softmax")])


def two():
    x = keras.Input((None, 2))
    each = layers.Dense(1, name="each")(x)
    last = layers.Dense(2, name="last")(layers.GlobalAveragePooling1D()(x))
    return keras.Model(x, [each, last])


def case(make, loss, x, y, *, weight=None, validation=None, fit=None, **compiled):
    model = make()
    initial = [draw(*w.shape) for w in model.get_weights()]
    model.set_weights(initial)
    model.compile(keras.optimizers.SGD(0.2), loss, **compiled)
    before = model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True, sample_weight=weight)
    arguments = {"batch_size": 2, "epochs": 2, "shuffle": False, "verbose": 0, **(fit or {})}
    history = model.fit(x, y, sample_weight=weight, validation_data=validation, **arguments)
    logs = {name: [float(v) for v in values] for name, values in history.history.items()}
    return {
        "initial": lists(initial), "evaluate": {name: float(v) for name, v in before.items()}, "history": logs,
        "weights": lists(model.get_weights()),
    }


def main():
    sparse = "sparse_categorical_crossentropy"
    mae = lambda: keras.metrics.MeanAbsoluteError()
    samples = D["w"][:, None, None] * np.ones((1, 3, 4), "float32")
    class_weight = np.array([2.0, 1.0, 0.5], "float32")
    cases = {
        "grid": case(grid, "mse", D["grid_ids"], D["grid_y"], metrics=[mae()], weighted_metrics=[mae()]),
        "grid_mae": case(grid, "mae", D["grid_ids"], D["grid_y"], weight=D["grid_w"]),
        # A loss without a kernel.
        "grid_log_cosh": case(grid, "log_cosh", D["grid_ids"], D["grid_y"], weight=D["grid_w"]),
        "grid_weighted": case(grid, "mse", D["grid_ids"], D["grid_y"], weight=D["grid_w"], metrics=[mae()],
                              weighted_metrics=[mae()]),
        "grid_samples": case(grid, "mse", D["grid_ids"], D["grid_y"], weight=samples),
        "row": case(row, "mse", D["rows"], D["row_y"], metrics=[mae()], weighted_metrics=[mae()]),
        "row_weighted": case(row, "mse", D["rows"], D["row_y"], weight=D["w"]),
        "steps": case(steps, "mse", D["x"], D["y"], weight=D["step_w"], metrics=[mae()], weighted_metrics=[mae()],
                      validation=(D["x"][:3], D["y"][:3], D["step_w"][2:])),
        "words": case(words, sparse, D["ids"], D["labels"], weight=D["step_w"], metrics=["accuracy"],
                      weighted_metrics=["accuracy"]),
        "words_column": case(words, sparse, D["ids"], D["labels"][..., None], metrics=["accuracy"]),
        "half": case(dense, "mse", D["flat_x"], D["flat_y"], loss_weights=[0.5], metrics=[mae()]),
        "half_log_cosh": case(dense, "log_cosh", D["flat_x"], D["flat_y"], loss_weights=[0.5]),
        "column": case(classes, sparse, D["flat_x"], D["classes"][:, None], metrics=["accuracy"]),
        # Class weights times sample weights: Keras takes only one of them.
        "both": case(classes, sparse, D["flat_x"], D["classes"], weight=D["w7"] * class_weight[D["classes"]]),
        "names": case(classes, sparse, D["flat_x"], D["classes"], weight=D["w7"],
                      metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
                      weighted_metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy()]),
        "two_one": case(two, ["mse", "mae"], D["x"], [D["y"], D["y"][:, :2, 0]], weight=D["w"][:, None],
                        loss_weights=[0.7, 0.2]),
        "two": case(two, ["mse", "mae"], D["x"], [D["y"], D["y"][:, :2, 0]], weight=[D["step_w"], D["w"]],
                    loss_weights=[0.7, 0.2], metrics=[[mae()], []], weighted_metrics=[[mae()], [mae()]],
                    validation=(D["x"][:3], [D["y"][:3], D["y"][:3, :2, 0]], [D["step_w"][:3], D["w"][1:4]])),
        "steps_per_epoch": case(classes, sparse, D["flat_x"], D["classes"],
                                fit={"steps_per_epoch": 3, "batch_size": None}),
        "validation_freq": case(classes, sparse, D["flat_x"], D["classes"], validation=(D["flat_x"], D["classes"]),
                                fit={"validation_freq": [1, 4], "epochs": 4}),
    }
    # Keras on JAX loses the mask of the output on its way from the gradient to the metrics: `fit` counts padded steps
    # in them there, `evaluate` does not (nor does either on other backends).
    for name in ("grid", "grid_weighted", "row", "words", "words_column"):
        history = cases[name]["history"]
        cases[name]["history"] = {"loss": history["loss"]}
    data = {"data": {name: lists([array])[0] for name, array in DATA.items()}, "cases": cases}
    FIXTURE.write_text(json.dumps(data, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    for name, one in cases.items():
        print(name, one["evaluate"], one["history"])


if __name__ == "__main__":
    main()
