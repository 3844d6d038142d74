"""Asks real Keras (3.15.1, JAX) what activations and their gradients are for extreme numbers.

    KERAS_BACKEND=jax python tests/keras/make_extreme_activations.py

writes tests/fixtures/extreme_activations.npz. Elementwise activations are computed in float64, where no formula of Keras overflows
or loses its digits for a finite float32, and what is infinite or NaN is as in float32:

    x            the inputs
    <name>/y     the activation of them
    <name>/g     its derivative
    dys          gradients of outputs, infinite ones and NaN among them
    <name>/d     (dys, x): the gradient of the input for each of them
    rows         (rows, 4): inputs of those that take a row together
    <name>/rows  what float32 gives for these
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax

jax.config.update("jax_enable_x64", True)

import numpy as np
from keras import activations, initializers, layers

from make_fixtures import FIXTURES, Archive

INF, NAN = float("inf"), float("nan")
EACH = """relu relu6 leaky_relu elu celu selu gelu silu sigmoid hard_sigmoid hard_silu hard_tanh hard_shrink soft_shrink
tanh tanh_shrink softplus softsign squareplus sparse_plus sparse_sigmoid log_sigmoid mish exponential""".split()
DYS = [-2.5, 1e30, 1e-40, 0.0, INF, -INF, NAN]
# Layers, with one weight for all numbers where they have one.
LAYERS = {
    "ReLU_slope": lambda: layers.ReLU(negative_slope=0.1),
    "ReLU_threshold": lambda: layers.ReLU(threshold=0.5),
    "ReLU_all": lambda: layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5),
    "LeakyReLU": lambda: layers.LeakyReLU(negative_slope=0.2),
    "LeakyReLU_0": lambda: layers.LeakyReLU(negative_slope=0.0),
    "ELU_half": lambda: layers.ELU(alpha=0.5),
    "ELU_0": lambda: layers.ELU(alpha=0.0),
    "PReLU": lambda: layers.PReLU(alpha_initializer=initializers.Constant(0.25)),
    "PReLU_0": lambda: layers.PReLU(),
    "PReLU_below": lambda: layers.PReLU(alpha_initializer=initializers.Constant(-0.5)),
}
ROWS = [
    [1, 2, 3, -INF],
    [-INF] * 4,
    [1, INF, 2, 3],
    [1, NAN, 2, 3],
    [1e30, -1e30, 0, 1],
    [1000, -1000, 0, 1],
    [1e-40, 1e-30, -1e-30, 0],
    [INF, -INF, 0, 1],
    [-INF, -INF, 0, 1],
    [88, -20, -60, 8],
    [0.5, -0.25, 1.5, 0.125],
]


def inputs():
    sizes = [1e-40, 1e-30, 1e-20, 1e-8, 1e-3, 0.02, 0.3, 0.5, 0.7, 1, 2, 3, 4.5, 6, 8, 10, 12, 15, 20, 40, 60, 80, 86]
    sizes += [89, 100, 104, 200, 1000, 65504, 1e7, 1e13, 1e19, 1e20, 1e30, 3e38, INF]
    # 75 with NaN: no multiple of the numbers in a vector.
    return np.array([s * x for s in (1, -1) for x in sizes] + [0.0, -0.0, NAN], np.float32)


def pulled(f, x, dys=DYS):
    """The gradient of `x` for each of `dys`."""
    y, pull = jax.vjp(f, x.astype(np.float64))
    return np.array([pull(np.full(x.shape, dy, y.dtype))[0] for dy in np.array(dys, np.float32)])


def main():
    archive, x = Archive(), inputs()
    archive.entries["x"] = x
    for name in EACH:
        f = activations.get(name)
        y = f(x.astype(np.float64))
        g = jax.vmap(jax.grad(lambda v: f(v[None])[0]))(x.astype(np.float64))
        for what, value in (("y", y), ("g", g), ("d", pulled(f, x))):
            archive.entries[f"{name}/{what}"] = np.asarray(value).astype(np.float32)
    archive.entries["dys"] = np.array(DYS, np.float32)
    for name, make in LAYERS.items():
        layer = make()
        layer.dtype_policy = "float64"
        call = lambda v: layer(v[None])[0]
        archive.entries[f"{name}/y"] = np.asarray(call(x.astype(np.float64))).astype(np.float32)
        archive.entries[f"{name}/d"] = pulled(call, x).astype(np.float32)
        archive.entries[f"{name}/g"] = pulled(call, x, [1.0])[0].astype(np.float32)
    rows = np.array(ROWS, np.float32)
    archive.entries["rows"] = rows
    for name in ("softmax", "log_softmax", "glu"):
        archive.entries[f"{name}/rows"] = np.asarray(activations.get(name)(rows)).astype(np.float32)
    archive.write(FIXTURES / "extreme_activations.npz")


if __name__ == "__main__":
    main()
