"""Models under Keras's mixed policies, with what they give and what a step of SGD makes of their weights.

    KERAS_BACKEND=jax python tests/keras/make_precision.py

writes tests/fixtures/precision/mixed_bfloat16.keras, mixed_float16.keras and their _io.npz.
"""

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
from keras import layers

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "precision"


def model():
    image = keras.Input((8, 8, 3), name="image")
    ids = keras.Input((5,), dtype="int32", name="ids")
    x = layers.Conv2D(4, 3, activation="relu")(image)
    x = layers.BatchNormalization()(x)
    x = layers.DepthwiseConv2D(3, padding="same")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    t = layers.Embedding(9, 4)(ids)
    t = layers.LayerNormalization()(t)
    t = layers.Conv1D(4, 2, activation="gelu")(t)
    t = layers.GlobalAveragePooling1D()(t)
    x = layers.Concatenate()([x, t])
    x = layers.Dense(6, activation="tanh")(x)
    return keras.Model([image, ids], layers.Dense(2)(x))


def main():
    for policy in ["mixed_bfloat16", "mixed_float16"]:
        keras.utils.set_random_seed(4)
        keras.config.set_dtype_policy(policy)
        own = model()
        rng = np.random.default_rng(1)
        image = rng.normal(size=(6, 8, 8, 3)).astype("float32")
        ids = rng.integers(0, 9, (6, 5)).astype("int32")
        target = rng.normal(size=(6, 2)).astype("float32")
        own.save(FOLDER / f"{policy}.keras")
        arrays = {"image": image, "ids": ids, "target": target}
        arrays["output"] = np.asarray(own([image, ids], training=False)).astype("float32")
        keras.config.set_dtype_policy("float32")
        plain = model()
        plain.set_weights(own.get_weights())
        arrays["plain"] = np.asarray(plain([image, ids], training=False))
        before = own.get_weights()
        optimizer = keras.optimizers.SGD(0.1)
        own.compile(optimizer, "mse", auto_scale_loss=False)
        own.train_on_batch([image, ids], target)
        for i, (w, old, new) in enumerate(zip(own.weights, before, own.get_weights())):
            arrays[f"step_{i}"] = new - old
        np.savez(FOLDER / f"{policy}_io.npz", **arrays)


if __name__ == "__main__":
    main()
