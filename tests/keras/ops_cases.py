"""What the scripts that write cases of operations share: each case has inputs, outputs, and the gradients of
sum(output * cotangent) by the inputs of floats."""

import json
import os
import sys
import zlib

os.environ["KERAS_BACKEND"] = "jax"

import jax
import jax.numpy as jnp
import numpy as np
from keras import ops

CASES = {}
NAN, INF = float("nan"), float("inf")


def plain(x):
    """Numbers as JSON has them; what it has not as words."""
    x = np.asarray(x)
    if x.dtype == bool:
        data = [int(v) for v in x.ravel()]
    elif x.dtype.kind in "iu":
        data = [int(v) for v in x.ravel()]
    else:
        data = [float(f"{v:.9g}") if np.isfinite(v) else str(v) for v in x.ravel().astype("float32")]
    kind = {"b": "bool", "i": "int32", "u": "int32", "f": "float32"}[x.dtype.kind]
    return {"shape": list(x.shape), "dtype": kind, "data": data}


def numbers(name, i, shape, low=-1.5, high=1.5):
    rng = np.random.default_rng(zlib.crc32(f"{name}/{i}".encode()))
    return rng.uniform(low, high, shape).astype("float32")


def case(name, fn, *inputs, low=-1.5, high=1.5, gradients=True):
    """Inputs are shapes (floats between low and high) or arrays."""
    assert name not in CASES, name
    inputs = [numbers(name, i, x, low, high) if isinstance(x, tuple) else np.asarray(x) for i, x in enumerate(inputs)]
    inputs = [x.astype("float32") if x.dtype == "float64" else x.astype("int32") if x.dtype == "int64" else x for x in inputs]

    def run(*x):
        y = fn(*x)
        return tuple(y) if isinstance(y, (tuple, list)) else (y,)

    arrays = [jnp.asarray(x) for x in inputs]
    outputs = run(*arrays)
    found = {"inputs": [plain(x) for x in inputs], "outputs": [plain(y) for y in outputs]}
    smooth = [i for i, x in enumerate(inputs) if x.dtype.kind == "f"]
    float_out = [i for i, y in enumerate(outputs) if jnp.asarray(y).dtype.kind == "f"]
    if gradients and smooth and float_out:

        def of(*some):
            x = list(arrays)
            for i, v in zip(smooth, some):
                x[i] = v
            y = run(*x)
            return tuple(y[i] for i in float_out)

        _, back = jax.vjp(of, *[arrays[i] for i in smooth])
        cotangents = [numbers(name, f"dy{i}", outputs[i].shape) for i in float_out]
        found["cotangents"] = [plain(c) for c in cotangents]
        found["gradients"] = [plain(g) for g in back(tuple(jnp.asarray(c) for c in cotangents))]
    CASES[name] = found


def write(file, parts):
    """Makes the parts that the command names, or all, and writes them to a file of keras-ops/tests/cases."""
    path = os.path.join(os.path.dirname(__file__), "../../keras-ops/tests/cases", file)
    wanted = sys.argv[1:] or [part.__name__ for part in parts]
    for part in parts:
        if part.__name__ in wanted:
            part()
    cases = CASES
    if sys.argv[1:]:
        with open(path) as f:
            cases = json.load(f) | CASES
    with open(path, "w") as f:
        f.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in cases.items()) + "\n}\n")
    print(len(cases), "cases")
