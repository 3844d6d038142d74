# Models with operations among their layers, by Keras 3: python make_file_operations.py FOLDER.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, ops
out = sys.argv[1]
rng = np.random.default_rng(3)

def put(name, model, *xs):
    model.set_weights([rng.normal(size=w.shape).astype("float32") * 0.5 for w in model.get_weights()])
    ys = model.predict(list(xs) if len(xs) > 1 else xs[0], verbose=0)
    ys = ys if isinstance(ys, (list, tuple)) else [ys]
    model.save(f"{out}/{name}.keras")
    # A legacy file does not say of an operation that it is none of the layers.
    if name in ("operations", "operations_masked"):
        model.save(f"{out}/{name}.h5")
    np.savez(f"{out}/{name}_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)},
             **{f"output_{i}": np.asarray(y) for i, y in enumerate(ys)})

x, z, ids = keras.Input((6, 4), name="x"), keras.Input((4,), name="z"), keras.Input((6,), dtype="int32", name="ids")
a = x * 0.5 + 1
b, c = ops.mean(a, axis=1), a[:, -1, :]
f = ops.add(b, c) - z
g = ops.concatenate([b, c, f], axis=-1)
i = ops.softmax(ops.reshape(g, (-1, 6, 2)), axis=-1)
k = ops.matmul(i, ops.transpose(i, (0, 2, 1)))
n = ops.maximum(ops.stack([b, c], axis=1), 0.1)
e = ops.expand_dims(z, 1)
positive = z > 0
first, second = ops.split(x, 2, axis=-1)
one, two, three = ops.split(x, [1, 3], axis=1)
outputs = [
    a[:, 1:3], a[..., None], a[:, ::-2], i, ops.sum(k, axis=(1, 2), keepdims=True), 1.0 / (n + 2), ops.cast(z * 3, "int32"),
    ops.one_hot(ids, 7), ops.clip(z, -1, 1), ops.relu(z), ops.gelu(z, approximate=False), ops.gelu(z),
    ops.where(positive, z, ops.zeros_like(z)), ops.where(positive, 1.0, 0.0), ops.where(positive, z, -2.0), ops.squeeze(e, axis=1),
    z**2, abs(z), -z, ops.normalize(z), z + np.arange(4, dtype="float32"), ops.divide(np.ones((6, 1), "float32"), x + 9), first, second,
    one, two, three, ops.leaky_relu(z, negative_slope=0.3), ops.elu(z), ops.tile(z, (1, 2)),
    ops.matmul(z, rng.normal(size=(4, 2)).astype("float32")), ops.var(x, axis=-1), ops.argmax(x, axis=-1), ops.flip(x, axis=1),
    ops.repeat(x, 2, axis=1), ops.cumsum(x, axis=1), x % 2, x // 2, 2 - x, ops.swapaxes(x, 1, 2), ops.roll(x, 1, axis=1),
    ops.logsumexp(x, axis=1), ops.cast(positive, "float32") * z, ops.cast(ops.logical_not(positive), "int32"), ids + 1,
    ops.cast(ops.not_equal(ids, 0), "float32"), ops.hard_silu(z), ops.log_softmax(z), L.Dense(3)(f),
]
put("operations", keras.Model([x, z, ids], outputs), rng.normal(size=(2, 6, 4)).astype("float32"),
    rng.normal(size=(2, 4)).astype("float32"), rng.integers(0, 4, size=(2, 6)).astype("int32"))

# As in Keras, a mask ends at an operation.
tokens = keras.Input((5,), dtype="int32")
words = L.Embedding(9, 4, mask_zero=True)(tokens)
summed = L.LSTM(3)(ops.concatenate([words, words * 2], axis=-1)) + L.LSTM(3)(words)
put("operations_masked", keras.Model(tokens, L.Dense(2)(summed)), np.array([[1, 2, 0, 0, 0], [3, 4, 5, 6, 0]], "int32"))

# Operations that are refused.
keras.Model(z, ops.view(ops.i0(z), "int32")).save(f"{out}/operations_unknown.keras")

# One output, all of whose operations stand in sources.
x, z = keras.Input((6, 4), name="x"), keras.Input((4,), name="z")
y = ops.mean(x * 0.5 + 1, axis=1) - L.Dense(4)(z)[:, ::-1] + ops.where(z > 0, ops.gelu(z, approximate=False), -1.0)
first, second = ops.split(ops.squeeze(ops.expand_dims(y, 1), axis=1), 2, axis=-1)
y = ops.concatenate([first * second, 2 - ops.maximum(first, 0.1), ops.sum(ops.matmul(x, ops.transpose(x, (0, 2, 1))), axis=-1)], axis=-1)
put("operations_sources", keras.Model([x, z], L.Dense(3)(ops.tile(ops.leaky_relu(y), (1, 2)))),
    rng.normal(size=(2, 6, 4)).astype("float32"), rng.normal(size=(2, 4)).astype("float32"))

# Every function that a source may have, and one output that they all lead to.
x, z, ids = keras.Input((6, 4), name="x"), keras.Input((4,), name="z"), keras.Input((6,), dtype="int32", name="ids")
half, positive = x * 0.3, ops.abs(x) + 0.5
far = [ops.arccos, ops.arcsin, ops.tanh]
one = [getattr(ops, name)(half) for name in ("absolute", "arctan", "ceil", "cos", "cosh", "erf", "exp", "expm1", "floor",
    "hard_sigmoid", "hard_silu", "log_sigmoid", "negative", "ones_like", "relu", "relu6", "round", "selu", "sigmoid", "sign", "silu",
    "sin", "sinh", "softplus", "softsign", "square", "stop_gradient", "tan", "tanh", "zeros_like")]
one += [getattr(ops, name)(positive) for name in ("log", "log10", "log1p", "log2", "reciprocal", "rsqrt", "sqrt")]
one += [f(ops.tanh(half) * 0.9) for f in far]
both = [getattr(ops, name)(x, half) for name in ("add", "subtract", "multiply", "maximum", "minimum")]
both += [getattr(ops, name)(x, 1.5) for name in ("add", "divide", "floor_divide", "maximum", "minimum", "mod", "multiply", "subtract")]
both += [getattr(ops, name)(2.0, positive) for name in ("true_divide", "power", "subtract", "divide")]
both += [x + np.arange(4, dtype="float32"), ops.subtract(np.ones((6, 1), "float32"), x), x @ np.eye(4, 3, dtype="float32") @ np.ones((3, 4), "float32"), x * z[:, None]]
truth = [getattr(ops, name)(x, half) for name in ("equal", "greater", "greater_equal", "less", "less_equal", "not_equal")]
truth += [ops.logical_and(x > 0, half < 0.1), ops.logical_or(x > 1, half < 0), ops.logical_not(x > 0)]
both += [ops.cast(t, "float32") for t in truth] + [ops.where(x > 0, x, half), ops.where(x > 0, 1.0, half), ops.where(x > 0, x, 2.0)]
along = [getattr(ops, name)(x, axis=1) for name in ("max", "mean", "min", "prod", "std", "sum", "var", "logsumexp", "amax", "amin")]
along += [ops.cast(ops.argmax(x, axis=1), "float32"), ops.cast(ops.argmin(x, axis=1), "float32"),
    ops.cast(ops.any(x > 1, axis=1), "float32"), ops.cast(ops.all(x > -2, axis=1), "float32"), ops.sum(x, axis=(1,), keepdims=True)[:, 0],
    ops.norm(x, axis=(1,)), ops.mean(ops.matmul(x, ops.transpose(x, (0, 2, 1))), axis=-1)[:, :4], x[:, 0], x[:, -1], x[:, ::2][:, 1], x[..., 1][:, 1:5]]
more = [ops.clip(x, -0.5, 0.5), ops.cumsum(x, axis=1), ops.elu(x, alpha=0.3), ops.flip(x, axis=(1, 2)), ops.gelu(x), ops.gelu(x, approximate=False),
    ops.leaky_relu(x), ops.log_softmax(x), ops.log_softmax(x, axis=1), ops.normalize(x), ops.repeat(x[:, :3], 2, axis=1), ops.roll(x, 2, axis=1),
    ops.softmax(x), ops.softmax(x, axis=1), ops.swapaxes(ops.swapaxes(x, 1, 2), -1, -2), ops.tile(x[:, :2], (1, 3, 1)),
    ops.squeeze(ops.expand_dims(x, 2), 2), ops.reshape(ops.reshape(x, (-1, 24)), (-1, 6, 4)), ops.one_hot(ids, 4),
    ops.stack(ops.split(ops.reshape(x, (-1, 24)), 4, axis=1), axis=-1), ops.concatenate(ops.split(x, [1, 3], axis=1), axis=1)]
y = ops.concatenate(one + both + more, axis=-1)
y = ops.concatenate([ops.reshape(y, (-1, 6 * y.shape[-1])), ops.concatenate(along, axis=-1)], axis=-1)
put("operations_every", keras.Model([x, z, ids], L.Dense(3)(y)), rng.normal(size=(2, 6, 4)).astype("float32"),
    rng.normal(size=(2, 4)).astype("float32"), rng.integers(0, 4, size=(2, 6)).astype("int32"))

# What joins masked tensors and computes with them hands on no mask.
tokens = keras.Input((5,), dtype="int32")
words, others = L.Embedding(9, 4, mask_zero=True)(tokens), L.Embedding(9, 4, mask_zero=True)(tokens)
y = L.Conv1D(4, 2, padding="same")(ops.multiply(words, others) + ops.concatenate([words, others], axis=-1)[..., 2:6])
y = ops.concatenate([L.LSTM(3)(ops.add(words, others)), L.LSTM(3)(y), L.LSTM(3)(L.Conv1D(4, 2)(words)), L.LSTM(3)(words)], axis=-1)
put("operations_end_masks", keras.Model(tokens, L.Dense(2)(y)), np.array([[1, 2, 0, 0, 0], [3, 4, 5, 6, 0]], "int32"))

# More functions that a source may have, and one output that they all lead to.
x, i, p = keras.Input((4, 6), name="x"), keras.Input((2, 6), dtype="int32", name="i"), keras.Input((4, 4, 3), name="p")
half, whole = x * 0.3, ops.trunc(x * 2)
one = [getattr(ops, name)(half) for name in ("arcsinh", "cbrt", "celu", "deg2rad", "erfc", "exp2", "hard_shrink", "hard_tanh", "rad2deg", "sinc",
    "soft_shrink", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus", "tanh_shrink")]
one += [ops.arctanh(ops.tanh(half)), ops.erfinv(ops.tanh(half) * 0.9), ops.arccosh(ops.abs(half) + 1.5), ops.squareplus(x, b=2), ops.threshold(x, 0.2, 9.0)]
one += [ops.cast(f(1 / whole), "float32") for f in (ops.isfinite, ops.isinf, ops.isnan)] + [ops.nan_to_num(1 / whole, nan=0.5, posinf=3.0, neginf=-3.0)]
one += [ops.arctan2(half, x), ops.divide_no_nan(x, whole), ops.hypot(half, x), ops.logaddexp(half, x), ops.cast(ops.logical_xor(x > 0, half > 0.1), "float32"),
    ops.cumprod(x, axis=1), ops.tril(x, -1), ops.triu(x, k=1), x + ops.ptp(x, axis=-1, keepdims=True), ops.median(x, axis=(1,), keepdims=True) - x]
flat = [ops.diff(x, axis=1), ops.diff(x, n=2), ops.take(x, [0, -1], axis=1), ops.take(x, 2, axis=-1), ops.take_along_axis(x, i, axis=1),
    ops.pad(x, ((0, 0), (1, 2), (0, 1))), ops.pad(x, ((0, 0), (1, 2), (0, 1)), mode="reflect"), ops.pad(x, ((0, 0), (1, 0), (0, 0)), constant_values=1.5),
    ops.stack(ops.unstack(x, axis=1), axis=1)[:, 1:], ops.image.resize(p, (3, 5)), ops.image.resize(p, (2, 7), interpolation="nearest"),
    ops.depth_to_space(ops.space_to_depth(p, 2) * 0.5, 2), ops.einsum("bij->bji", x), ops.einsum("bij,bkj,bkl->bil", x, x, x), ops.glu(x)]
flat = ops.concatenate([L.Flatten()(y) for y in flat], axis=-1)
y = ops.concatenate([ops.reshape(ops.concatenate(one, axis=-1), (-1, 4 * 6 * len(one))), flat], axis=-1)
put("operations_more", keras.Model([x, i, p], L.Dense(3)(y)), rng.normal(size=(2, 4, 6)).astype("float32"),
    rng.integers(0, 4, size=(2, 2, 6)).astype("int32"), rng.normal(size=(2, 4, 4, 3)).astype("float32"))
