# A model of Keras 3 whose calls stand in every way in its file: python make_file_calls.py FOLDER.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import Input, Model, layers as L, ops

out = sys.argv[1]
rng = np.random.default_rng(13)
x, v, k, m, ids = Input((4, 5)), Input((3, 6)), Input((3, 7)), Input((3,), dtype="bool"), Input((4,), dtype="int32")

# Inputs by name, the key in front of the value.
a = L.MultiHeadAttention(2, 3)(x, key=k, value=v)
w = L.Dense(5)(v)
b = L.GroupQueryAttention(2, 4, 2)(value=w, query=x, key=L.Dense(5)(k))
# The second of a list of masks.
c = L.Attention()([L.Dense(6)(x), v], mask=[None, m])
# Masks that Keras writes out as operations.
masked = L.Masking()(x)
d = L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode="sum")(masked)
e = L.GlobalAveragePooling1D()(L.TimeDistributed(L.Dense(3))(d))
f = L.GlobalAveragePooling1D()(L.Attention()([L.Embedding(9, 6, mask_zero=True)(ids), v]))
# Weights that stand in the file twice.
g = L.TimeDistributed(L.SpectralNormalization(L.Dense(3)))(x)
h = ops.cast(ops.all(x > -1.0, axis=-1), "float32") + ops.cast(ops.any(x > 1.0, axis=-1), "float32")
y = L.Concatenate()([*[L.Flatten()(t) for t in [a, b, c, d, g]], e, f, h])
model = Model([x, v, k, m, ids], L.Dense(2)(y))
model.set_weights([
    w if "vector_u" in u.path else rng.normal(size=w.shape).astype("float32") * 0.5
    for u, w in zip(model.weights, model.get_weights())
])
xs = [rng.normal(size=(3, *t.shape[1:])).astype("float32") for t in [x, v, k]]
xs[0][:, 1] = 0.0
xs += [rng.random((3, 3)) < 0.6, rng.integers(0, 9, size=(3, 4)).astype("int32")]
model.save(f"{out}/calls.keras")
xs[3] = xs[3].astype("float32")
np.savez(f"{out}/calls_io.npz", **{f"input_{i}": t for i, t in enumerate(xs)}, output_0=np.asarray(model(xs, training=False)))
