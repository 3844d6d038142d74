# Functions of keras.ops in functional models, which model! has no words for: python make_file_functions.py FOLDER writes
# functions_KIND.keras with an output for each call, and functions_KIND_io.npz; with `each` behind it, a file for each call. With
# KERAS_BACKEND=tensorflow it writes those of LISTS alone.
import os, sys
os.environ.setdefault("KERAS_BACKEND", "jax")
import numpy as np, keras
from keras import layers as L, ops

RNG = np.random.default_rng(12)

def array(*shape):
    return RNG.normal(size=shape).astype("float32")

PAIR = lambda parts: ops.concatenate(parts, axis=-1)
KERNEL_D, KERNEL_P = [np.random.default_rng(5).normal(size=s).astype("float32") for s in [(2, 2, 4, 2), (1, 1, 8, 3)]]

# x, y: (batch, 4, 6); i: (batch, 3) whole numbers below 4; v: (batch, 3); s: (batch, 3, 3), symmetric and positive; m: images
ARRAYS = {
    "take": lambda x, **_: ops.take(x, [0, 2, -1], axis=1),
    "take_one": lambda x, **_: ops.take(x, 3, axis=-1),
    "take_array": lambda x, **_: ops.take(x, np.array([[0, 5], [2, 1]]), axis=2),
    "take_rows": lambda i, **_: ops.take(np.arange(8, dtype="float32").reshape(4, 2), i, axis=0),
    "take_along_axis": lambda x, y, **_: ops.take_along_axis(x, ops.argsort(y, axis=1), axis=1),
    "pad": lambda x, **_: ops.pad(x, [[0, 0], [1, 2], [0, 3]]),
    "pad_value": lambda x, **_: ops.pad(x, ((0, 0), (0, 0), (2, 0)), constant_values=1.5),
    "pad_mode": lambda x, **_: ops.pad(x, ((0, 0), (2, 1), (1, 3)), mode="reflect"),
    "pad_symmetric": lambda x, **_: ops.pad(x, ((0, 0), (2, 1), (1, 3)), "symmetric"),
    "sort": lambda x, **_: ops.sort(x),
    "sort_axis": lambda x, **_: ops.sort(x, axis=1),
    "argsort": lambda x, **_: ops.argsort(x, axis=-2),
    "tile": lambda x, **_: ops.tile(x, (1, 2, 3)),
    "tile_last": lambda x, **_: ops.tile(x, 2),
    "repeat": lambda x, **_: ops.repeat(x, 3, axis=1),
    "roll": lambda x, **_: ops.roll(x, -2, axis=2),
    "roll_two": lambda x, **_: ops.roll(x, (1, 2), axis=(1, 2)),
    "flip": lambda x, **_: ops.flip(x, axis=(1, 2)),
    "fliplr": lambda x, **_: ops.fliplr(x),
    "stack": lambda x, y, **_: ops.stack([x, y], axis=-1),
    "split": lambda x, **_: ops.split(x, [1, 4], axis=-1)[1],
    "array_split": lambda x, **_: ops.array_split(x, 4, axis=2)[1],
    "hsplit": lambda x, **_: ops.hsplit(x, 2)[1],
    "dsplit": lambda x, **_: ops.dsplit(x, 3)[2],
    "unstack": lambda x, **_: ops.unstack(x, axis=1)[2],
    "hstack": lambda x, y, **_: ops.hstack([x, y]),
    "dstack": lambda x, y, **_: ops.dstack([x, y]),
    "dstack_two": lambda v, **_: ops.dstack([v, v * 2]),
    "append": lambda x, y, **_: ops.append(x, y, axis=1),
    "moveaxis": lambda x, **_: ops.moveaxis(x, 1, -1),
    "moveaxis_two": lambda m, **_: ops.moveaxis(m, (1, 2), (3, 1)),
    "diagonal": lambda s, **_: ops.diagonal(s, offset=1, axis1=1, axis2=2),
    "trace": lambda s, **_: ops.trace(s, axis1=1, axis2=2),
    "tril": lambda x, **_: ops.tril(x, k=1),
    "triu": lambda x, **_: ops.triu(x),
    "diff": lambda x, **_: ops.diff(x, n=2, axis=1),
    "trapezoid": lambda x, **_: ops.trapezoid(x, dx=0.5),
    "cumsum": lambda x, **_: ops.cumsum(x, axis=1),
    "cumprod": lambda x, **_: ops.cumprod(x, axis=-1),
    "one_hot": lambda i, **_: ops.one_hot(i, 4),
    "one_hot_axis": lambda i, **_: ops.one_hot(i, 5, axis=1),
    "multi_hot": lambda i, **_: ops.multi_hot(i, 4),
    "where": lambda x, y, **_: ops.where(x > y, x, -1.0),
    "where_array": lambda x, **_: ops.where(x > 0, np.arange(6, dtype="float32"), x),
    "select": lambda x, y, **_: ops.select([x > 1, y > 0], [x, y * 2], 0.5),
    "clip": lambda x, **_: ops.clip(x, -0.5, 0.25),
    "searchsorted": lambda v, **_: ops.searchsorted(np.array([-1.0, 0.0, 0.5], "float32"), v, side="right"),
    "digitize": lambda x, **_: ops.digitize(x, np.array([-0.5, 0.0, 1.0], "float32")),
    "isin": lambda i, **_: ops.isin(i, [1, 3]),
    "isin_invert": lambda i, **_: ops.isin(i, [1, 3], invert=True),
    "top_k": lambda x, **_: ops.top_k(x, 2)[0],
    "top_k_places": lambda x, **_: ops.top_k(x, 3)[1],
    "in_top_k": lambda i, **_: ops.in_top_k(i[:, 0], ops.cast(ops.one_hot(i[:, 1], 4), "float32"), k=2),
    "full_like": lambda x, **_: ops.full_like(x, 2.5),
    "squeeze": lambda x, **_: ops.squeeze(ops.expand_dims(x, 2), axis=2),
    "swapaxes": lambda x, **_: ops.swapaxes(x, 1, 2),
    "copy": lambda x, **_: ops.copy(x),
    "depth_to_space": lambda m, **_: ops.depth_to_space(m, 2),
    "space_to_depth": lambda m, **_: ops.space_to_depth(m, 2),
}
NUMBERS = {
    "isnan": lambda x, **_: ops.isnan(ops.log(x)),
    "isinf": lambda x, **_: ops.isinf(x / ops.relu(x)),
    "isfinite": lambda x, **_: ops.isfinite(1 / ops.relu(x)),
    "isposinf": lambda x, **_: ops.isposinf(1 / ops.relu(x)),
    "isneginf": lambda x, **_: ops.isneginf(-1 / ops.relu(x)),
    "exp2": lambda x, **_: ops.exp2(x),
    "deg2rad": lambda x, **_: ops.deg2rad(x),
    "rad2deg": lambda x, **_: ops.rad2deg(x),
    "sinc": lambda x, **_: ops.sinc(x),
    "trunc": lambda x, **_: ops.trunc(x * 3),
    "arcsinh": lambda x, **_: ops.arcsinh(x),
    "arccosh": lambda x, **_: ops.arccosh(ops.abs(x) + 1.5),
    "arctanh": lambda x, **_: ops.arctanh(ops.tanh(x)),
    "erfinv": lambda x, **_: ops.erfinv(ops.tanh(x) * 0.9),
    "erfc": lambda x, **_: ops.erfc(x),
    "cbrt": lambda x, **_: ops.cbrt(x),
    "round": lambda x, **_: ops.round(x, decimals=1),
    "signbit": lambda x, **_: ops.signbit(x),
    "fabs": lambda x, **_: ops.fabs(x),
    "real": lambda x, **_: ops.real(x),
    "nan_to_num": lambda x, **_: ops.nan_to_num(ops.log(x), nan=2.0),
    "arctan2": lambda x, y, **_: ops.arctan2(x, y),
    "hypot": lambda x, y, **_: ops.hypot(x, y),
    "logaddexp": lambda x, y, **_: ops.logaddexp(x, y),
    "logaddexp2": lambda x, **_: ops.logaddexp2(x, 0.5),
    "logical_xor": lambda x, y, **_: ops.logical_xor(x > 0, y > 0),
    "divide_no_nan": lambda x, y, **_: ops.divide_no_nan(x, ops.relu(y)),
    "heaviside": lambda x, **_: ops.heaviside(x, ops.ones_like(x) * 0.5),
    "fmod": lambda x, y, **_: ops.fmod(x * 5, ops.abs(y) + 0.5),
    "fmax": lambda x, y, **_: ops.fmax(ops.log(x), y),
    "fmin": lambda x, y, **_: ops.fmin(x, ops.log(y)),
    "ldexp": lambda x, i, **_: ops.ldexp(x[:, 0, :3], i),
    "isclose": lambda x, **_: ops.isclose(x, ops.round(x, 1), rtol=0.02, atol=0.01),
    "celu": lambda x, **_: ops.celu(x, 0.7),
    "glu": lambda x, **_: ops.glu(x, axis=-1),
    "hard_shrink": lambda x, **_: ops.hard_shrink(x, 0.3),
    "soft_shrink": lambda x, **_: ops.soft_shrink(x),
    "hard_tanh": lambda x, **_: ops.hard_tanh(x),
    "tanh_shrink": lambda x, **_: ops.tanh_shrink(x),
    "squareplus": lambda x, **_: ops.squareplus(x, b=2),
    "sparse_plus": lambda x, **_: ops.sparse_plus(x),
    "sparse_sigmoid": lambda x, **_: ops.sparse_sigmoid(x),
    "sparsemax": lambda x, **_: ops.sparsemax(x),
    "threshold": lambda x, **_: ops.threshold(x, 0.2, -3.0),
    "softmax_axes": lambda x, **_: ops.softmax(x, axis=(1, 2)),
    "log_softmax": lambda x, **_: ops.log_softmax(x, axis=1),
    "gelu": lambda x, **_: ops.gelu(x, approximate=False),
    "one": lambda x, **_: ops.ones_like(x, dtype="int32"),
}
ALGEBRA = {
    "einsum": lambda x, y, **_: ops.einsum("bij,bkj->bik", x, y),
    "einsum_array": lambda x, **_: ops.einsum("bij,jk->bki", x, array(6, 2)),
    "einsum_dots": lambda x, **_: ops.einsum("...j,jk->...k", x, array(6, 2)),
    "einsum_one": lambda s, **_: ops.einsum("bii->bi", s),
    "tensordot": lambda x, **_: ops.tensordot(x, array(6, 4, 2), axes=[[2, 1], [0, 1]]),
    "tensordot_number": lambda x, **_: ops.tensordot(x, array(6, 5), axes=1),
    "dot": lambda x, **_: ops.dot(x, array(6, 5)),
    "inner": lambda x, **_: ops.inner(x, array(5, 6)),
    "cross": lambda v, **_: ops.cross(v, v[:, ::-1]),
    "normalize": lambda x, **_: ops.normalize(x, axis=1, order=1),
    "logsumexp": lambda x, **_: ops.logsumexp(x, axis=(1, 2)),
    "det": lambda s, **_: ops.det(s),
    "inv": lambda s, **_: ops.inv(s),
    "slogdet": lambda s, **_: ops.slogdet(s)[1],
    "logdet": lambda s, **_: ops.logdet(s),
    "cholesky": lambda s, **_: ops.cholesky(s),
    "cholesky_upper": lambda s, **_: ops.cholesky(s, upper=True),
    "solve": lambda s, v, **_: ops.solve(s, ops.expand_dims(v, -1)),
    "solve_triangular": lambda s, v, **_: ops.solve_triangular(ops.cholesky(s), ops.expand_dims(v, -1), lower=True),
    "median": lambda x, **_: ops.median(x, axis=1),
    "median_keepdims": lambda x, **_: ops.median(x, axis=-1, keepdims=True),
    "average": lambda x, **_: ops.average(x, axis=1),
    "average_weights": lambda x, **_: ops.average(x, axis=1, weights=np.array([1, 2, 3, 4], "float32")),
    "count_nonzero": lambda x, **_: ops.count_nonzero(ops.relu(x), axis=1),
    "ptp": lambda x, **_: ops.ptp(x, axis=-1),
    "nansum": lambda x, **_: ops.nansum(ops.log(x), axis=1),
    "nanmean": lambda x, **_: ops.nanmean(ops.sqrt(ops.abs(x) - 0.1), axis=2, keepdims=True),
    "nanmax": lambda x, **_: ops.nanmax(ops.sqrt(ops.abs(x) - 0.1), axis=1),
    "moments": lambda x, **_: ops.moments(x, axes=[1])[1],
    "moments_keepdims": lambda x, **_: ops.moments(x, axes=[1, 2], keepdims=True)[0],
    "layer_normalization": lambda x, **_: ops.layer_normalization(x, gamma=array(6), beta=array(6), axis=-1, epsilon=0.01),
    "rms_normalization": lambda x, **_: ops.rms_normalization(x, scale=array(6), axis=-1),
    "batch_normalization": lambda x, **_: ops.batch_normalization(x, array(6), np.abs(array(6)) + 0.5, -1, offset=array(6), scale=array(6), epsilon=0.01),
    "attention": lambda m, **_: ops.dot_product_attention(m, m * 0.5, m + 1, is_causal=True),
    "max_pool": lambda m, **_: ops.max_pool(m, 2, strides=1, padding="same"),
    "conv": lambda m, **_: ops.conv(m, array(3, 3, 4, 5), strides=2, padding="same"),
    "depthwise_conv": lambda m, **_: ops.depthwise_conv(m, array(2, 2, 4, 2)),
    "binary_crossentropy": lambda x, **_: ops.binary_crossentropy(ops.cast(x > 0, "float32"), ops.sigmoid(x)),
    "categorical_crossentropy": lambda x, y, **_: ops.categorical_crossentropy(ops.softmax(x), y, from_logits=True),
    "sparse_categorical_crossentropy": lambda i, x, **_: ops.sparse_categorical_crossentropy(i, x[:, 1:], from_logits=True),
    "resize": lambda m, **_: ops.image.resize(m, (3, 5), interpolation="nearest"),
    "grayscale": lambda m, **_: ops.image.rgb_to_grayscale(ops.sigmoid(m[..., :3])),
    "rfft": lambda x, **_: ops.rfft(x)[0],
}

# Axes that become lists, which Keras does not take on JAX.
LISTS = {
    "repeat_each": lambda x, **_: ops.repeat(x, [1, 0, 2, 3], axis=1),
    "rot90": lambda x, **_: ops.rot90(x, k=3, axes=(1, 2)),
    "norm": lambda x, **_: ops.norm(x, axis=-1),
    "norm_one": lambda x, **_: ops.norm(x, ord=1, axis=2, keepdims=True),
    "norm_largest": lambda x, **_: ops.norm(x, ord=3, axis=1),
    "norm_frobenius": lambda x, **_: ops.norm(x, ord="fro", axis=(1, 2)),
    "quantile": lambda x, **_: ops.quantile(x, 0.3, axis=1),
    "average_pool": lambda m, **_: ops.average_pool(m, (2, 1), strides=(1, 2)),
}

SIGNALS = {
    "stft": lambda x, **_: PAIR(ops.stft(ops.reshape(x, (-1, 24)), 6, 3, 8)),
    "stft_plain": lambda x, **_: PAIR(ops.stft(ops.reshape(x, (-1, 24)), 8, 4, 8, window="hamming", center=False)),
    "fft": lambda x, y, **_: PAIR(ops.fft((x, y))),
    "fft2": lambda x, y, **_: PAIR(ops.fft2((x, y))),
    "ifft2": lambda x, y, **_: PAIR(ops.ifft2((x, y))),
    "irfft": lambda x, y, **_: ops.irfft((x, y)),
    "irfft_length": lambda x, y, **_: ops.irfft((x, y), fft_length=8),
    "adaptive_average_pool": lambda m, **_: ops.adaptive_average_pool(m, (2, 3)),
    "adaptive_max_pool": lambda m, **_: ops.adaptive_max_pool(m, (2, 2)),
    "separable_conv": lambda m, **_: ops.separable_conv(m, KERNEL_D, KERNEL_P, strides=(1, 1), padding="same"),
}

def inputs():
    return dict(x=keras.Input((4, 6), name="x"), y=keras.Input((4, 6), name="y"), i=keras.Input((3,), dtype="int32", name="i"),
                v=keras.Input((3,), name="v"), s=keras.Input((3, 3), name="s"), m=keras.Input((4, 4, 4), name="m"))

def numbers():
    s = array(5, 3, 3)
    s = s @ s.transpose(0, 2, 1) + np.eye(3, dtype="float32")
    return [array(5, 4, 6), array(5, 4, 6), RNG.integers(0, 4, size=(5, 3)).astype("int32"), array(5, 3), s, array(5, 4, 4, 4)]

def write(path, calls):
    keras.backend.clear_session()
    x = inputs()
    ends = []
    for name, call in calls.items():
        y = call(**x)
        ends.append(y if "int" in y.dtype or "bool" in y.dtype else L.Identity(name=f"end_{name}")(y))
    used = keras.Model(list(x.values()), [*ends, *x.values()] if len(calls) > 1 else [*ends])
    xs = numbers()
    ys = used(xs)
    used.save(path + ".keras")
    ys = ys if isinstance(ys, (list, tuple)) else [ys]
    np.savez(path + "_io.npz", **{f"input_{i}": x for i, x in enumerate(xs)},
             **{f"output_{i}": np.asarray(y).astype("float32") for i, y in enumerate(ys)})

folder = sys.argv[1]
kinds = dict(lists=LISTS) if keras.backend.backend() == "tensorflow" else dict(arrays=ARRAYS, numbers=NUMBERS, algebra=ALGEBRA, signals=SIGNALS)
for kind, calls in kinds.items():
    if sys.argv[2:] == ["each"]:
        for name, call in calls.items():
            try:
                write(f"{folder}/{name}", {name: call})
            except Exception as error:
                print(name, type(error).__name__, str(error)[:300].replace("\n", " "))
    else:
        write(f"{folder}/functions_{kind}", calls)
# Equal but for an argument.
for n in [1, 2]:
    write(f"{folder}/roll_{n}", {"roll": lambda x, **_: ops.roll(x, n, axis=1)})
