# Models of Keras 3 whose calls name queries, values and masks, or give a mask behind the input; normalisations that compute in
# 32 bits; functions of bits: python make_file_by_name.py FOLDER.
import os
import sys

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras import Input, Model, layers as L, ops

out = sys.argv[1]
rng = np.random.default_rng(29)


def filled(model):
    for w in model.weights:
        if "seed" not in w.path:
            w.assign(rng.uniform(0.3, 1.1, w.shape))
    return model


def save(name, model, arrays):
    model.save(f"{out}/{name}.keras")
    outputs = model(arrays if len(arrays) > 1 else arrays[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    io = {f"input_{i}": np.asarray(t, "float32") for i, t in enumerate(arrays)}
    np.savez(f"{out}/{name}_io.npz", **io, **{f"output_{i}": np.asarray(y, "float32") for i, y in enumerate(outputs)})


x, v, m, s, e, z = Input((4, 5)), Input((3, 6)), Input((4, 3), dtype="bool"), Input((4,), dtype="bool"), Input((4, 5), dtype="bool"), Input((4, 2, 3))
a = L.MultiHeadAttention(2, 3)(query=x, value=v, attention_mask=m)
b = L.GroupQueryAttention(2, 4, 2)(query=x, value=L.Dense(5)(v), attention_mask=m)
c = L.MultiHeadAttention(2, 3, attention_axes=(1,))(z, z, use_causal_mask=True)
d = L.GlobalAveragePooling1D()(x, s)
f = L.Softmax()(x, e)
big = L.Rescaling(30000.0)(x)
g = [L.LayerNormalization(dtype="mixed_float16")(big), L.GroupNormalization(1, dtype="mixed_float16")(big)]
h = L.BatchNormalization(dtype="mixed_float16")(x)
model = filled(Model([x, v, m, s, e, z], [a, b, c, d, f, *g, h]))
save("calls_by_name", model, [
    rng.normal(size=(2, 4, 5)).astype("float32"),
    rng.normal(size=(2, 3, 6)).astype("float32"),
    rng.random((2, 4, 3)) < 0.7,
    np.array([[1, 0, 1, 1], [1, 1, 0, 0]], bool),
    rng.random((2, 4, 5)) < 0.7,
    rng.normal(size=(2, 4, 2, 3)).astype("float32"),
])

i, j, x = Input((3,), dtype="int32"), Input((3,), dtype="int32"), Input((3, 3))
pairs = [ops.bitwise_and, ops.bitwise_or, ops.bitwise_xor, ops.left_shift, ops.bitwise_left_shift, ops.right_shift, ops.bitwise_right_shift, ops.gcd, ops.lcm]
whole = ops.stack([*[f(i, j) for f in pairs], ops.bitwise_not(i), ops.bitwise_invert(j)], axis=1)
parts = ops.stack([ops.erfc(x), ops.i0(x), ops.angle(x), ops.trunc(x)], axis=1)
least = ops.take_along_axis(x, ops.argpartition(x, 0, axis=-1), axis=-1)[:, :, 0]
q, r = ops.qr(x)
apart = [ops.svd(x, compute_uv=False), ops.square(ops.svd(x)[2]), ops.eigh(ops.matmul(x, ops.transpose(x, (0, 2, 1))))[0], q, r]
apart += [ops.pinv(x), ops.cast(ops.matrix_rank(x, tol=1.0), "float32"), ops.norm(x, ord="nuc", axis=(1, 2))]
model = Model([i, j, x], [ops.cast(whole, "float32"), parts, least, *apart])
save("functions_bits", model, [
    np.array([[12, -18, 7], [5, 0, 1023]], "int32"),
    np.array([[2, 3, 0], [1, 4, 6]], "int32"),
    (rng.normal(size=(2, 3, 3)) + 2.0 * np.eye(3)).astype("float32"),
])
