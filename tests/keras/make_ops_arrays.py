"""Writes keras-ops/tests/cases/arrays.json: what keras.ops gives on JAX for operations that move, join and find elements.

    KERAS_BACKEND=jax python tests/keras/make_ops_arrays.py [PART ...]

With names of parts (the functions below) only their cases are made, and the others stay. The operation itself is written
twice: here, and under the same name in keras-ops/tests/keras/arrays.rs.
"""

import numpy as np
from ops_cases import INF, NAN, case, ops, write

WHOLE = np.arange(24).reshape(2, 3, 4) - 7


def axes():
    case("transpose", ops.transpose, (2, 3, 4))
    case("transpose_axes", lambda x: ops.transpose(x, (2, 0, -2)), (2, 3, 4))
    case("transpose_integers", ops.transpose, WHOLE)
    case("transpose_truth", ops.transpose, WHOLE > 0)
    case("transpose_number", ops.transpose, ())
    case("transpose_nothing", ops.transpose, (2, 0, 3))
    case("transpose_ones", lambda x: ops.transpose(x, (1, 0, 2)), (3, 1, 2))
    case("moveaxis", lambda x: ops.moveaxis(x, 0, -1), (2, 3, 4))
    case("moveaxis_two", lambda x: ops.moveaxis(x, (0, 1), (-1, -2)), (2, 3, 4))
    case("swapaxes", lambda x: ops.swapaxes(x, 0, -1), (2, 3, 4))
    case("swapaxes_same", lambda x: ops.swapaxes(x, 1, 1), (2, 3))
    case("flip", ops.flip, (2, 3, 4))
    case("flip_axis", lambda x: ops.flip(x, axis=-1), (2, 3))
    case("flip_axes", lambda x: ops.flip(x, axis=(0, 2)), WHOLE)
    case("flip_nothing", ops.flip, (0, 3))
    case("ravel", ops.ravel, (2, 3, 2))
    case("ravel_number", ops.ravel, ())
    case("matmul_transposed", lambda a, b: ops.matmul(ops.transpose(a), ops.swapaxes(b, 0, 1)), (4, 3), (5, 4))


def joins():
    case("concatenate", lambda *x: ops.concatenate(x, 1), (2, 3, 2), (2, 1, 2), (2, 0, 2))
    case("concatenate_last", lambda *x: ops.concatenate(x, -1), (2, 3), (2, 2))
    case("concatenate_first", lambda *x: ops.concatenate(x, 0), WHOLE, (1, 3, 4))
    case("concatenate_truth", lambda *x: ops.concatenate(x, 0), WHOLE > 0, WHOLE < 0)
    case("concatenate_one", lambda *x: ops.concatenate(x, 0), (3,))
    case("concatenate_same", lambda x: ops.concatenate([x, x], 0), (3, 2))
    case("stack", lambda *x: ops.stack(x), (2, 3), (2, 3))
    case("stack_last", lambda *x: ops.stack(x, -1), (2, 3), (2, 3), (2, 3))
    case("stack_numbers", lambda *x: ops.stack(x), (), ())
    case("split", lambda x: ops.split(x, 3, 1), (2, 6))
    case("split_places", lambda x: ops.split(x, [1, 4], -1), (2, 6))
    case("split_integers", lambda x: ops.split(x, 2, -1), WHOLE)
    case("slice", lambda x: ops.slice(x, (1, 2), (2, 3)), (4, 6))
    case("slice_clamped", lambda x: ops.slice(x, (3, 5), (2, 3)), (4, 6))
    case("slice_negative", lambda x: ops.slice(x, (-2, 0), (1, 3)), (4, 6))
    case("slice_nothing", lambda x: ops.slice(x, (1, 0), (0, 6)), (4, 6))
    case("pad", lambda x: ops.pad(x, ((1, 0), (2, 3))), (2, 3))
    case("pad_all", lambda x: ops.pad(x, 1), WHOLE)
    case("pad_value", lambda x: ops.pad(x, (1, 2), constant_values=1.5), (2, 3))
    case("pad_tensor", lambda x, v: ops.pad(x, ((1, 0), (0, 2)), constant_values=v), (2, 3), ())
    case("pad_nothing", lambda x: ops.pad(x, ((1, 0), (0, 1))), (2, 0))


def numbered():
    case("take", lambda x, i: ops.take(x, i, 1), (2, 3, 4), [[0, 2], [-1, 1]])
    case("take_first", lambda x, i: ops.take(x, i, 0), (4, 3), [3, 3, 0])
    case("take_beyond", lambda x, i: ops.take(x, i, -1), (2, 3), [0, 3, -3, -4, -1])
    case("take_flat", ops.take, (2, 3), [[5, 0, -6]])
    case("take_integers", lambda x, i: ops.take(x, i, 2), WHOLE, [1, 4, -5])
    case("take_truth", lambda x, i: ops.take(x, i, 2), WHOLE > 0, [1, 4, -5])
    case("take_one", lambda x, i: ops.take(x, i, 0), (4, 3), np.int32(2))
    case("take_none", lambda x, i: ops.take(x, i, 0), (4, 3), np.zeros(0, "int32"))
    case("take_along_axis", lambda x, i: ops.take_along_axis(x, i, 1), (2, 3), [[0, -1, 1, 1], [2, 2, 0, -3]])
    case("take_along_axis_middle", lambda x, i: ops.take_along_axis(x, i, 1), (2, 3, 2), [[[0, 1], [2, -1]], [[1, 1], [0, 2]]])
    case("take_along_axis_beyond", lambda x, i: ops.take_along_axis(x, i, 0), (2, 3), [[2, -2, -3]])
    case("take_along_axis_wide", lambda x, i: ops.take_along_axis(x, i, 1), (2, 3), [[0, 2]])
    case("take_along_axis_flat", ops.take_along_axis, (2, 3), [5, 0])
    case("scatter", lambda i, v: ops.scatter(i, v, (4, 2)), [[0], [3], [0]], (3, 2))
    case("scatter_two", lambda i, v: ops.scatter(i, v, (2, 3)), [[0, 1], [1, 2], [-1, -1], [2, 0], [0, 3], [0, -4]], (6,))
    case("scatter_integers", lambda i, v: ops.scatter(i, v, (3,)), [[2], [2]], [5, 7])
    case("segment_sum", lambda x, i: ops.segment_sum(x, i, 3), (5, 2), [0, 2, 0, 2, 2])
    case("segment_sum_beyond", lambda x, i: ops.segment_sum(x, i, 2), (4,), [0, 2, -1, 1])
    case("one_hot", lambda x: ops.one_hot(x, 3), [[0, 2], [-1, 3]])
    case("one_hot_first", lambda x: ops.one_hot(x, 4, axis=0), [1, 3])


def ranges():
    case("arange", lambda: ops.arange(2, 9, 3))
    case("arange_down", lambda: ops.arange(5, 0, -2))
    case("arange_floats", lambda: ops.arange(0.5, 2.0, 0.25))
    case("arange_nothing", lambda: ops.arange(3, 1, 1))
    case("eye", lambda: ops.eye(3))
    case("eye_wide", lambda: ops.eye(2, 4, 1))
    case("eye_below", lambda: ops.eye(3, 2, -1))
    case("tril", ops.tril, (2, 3, 4))
    case("tril_above", lambda x: ops.tril(x, 1), WHOLE)
    case("tril_truth", ops.tril, WHOLE > -9)
    case("triu", ops.triu, (3, 3))
    case("triu_below", lambda x: ops.triu(x, -1), (4, 2))
    case("repeat", lambda x: ops.repeat(x, 3, 1), (2, 3))
    case("repeat_flat", lambda x: ops.repeat(x, 2), (2, 2))
    case("repeat_none", lambda x: ops.repeat(x, 0, 0), WHOLE)
    case("tile", lambda x: ops.tile(x, (2, 3)), (2, 3))
    case("tile_last", lambda x: ops.tile(x, (2,)), (2, 3))
    case("tile_more", lambda x: ops.tile(x, (2, 1, 2)), WHOLE[0])
    case("roll", lambda x: ops.roll(x, 2, 1), (2, 5))
    case("roll_back", lambda x: ops.roll(x, -7, 0), (3, 2))
    case("roll_flat", lambda x: ops.roll(x, 1), WHOLE)


def orders():
    ties = [[2.0, -1.0, 2.0, -1.0], [NAN, 3.0, NAN, 0.0], [INF, -INF, 1.0, INF], [0.0, -0.0, 0.0, -0.0]]
    for name, f in [("argmax", ops.argmax), ("argmin", ops.argmin)]:
        case(name, lambda x, f=f: f(x, 1), (2, 3, 4))
        case(name + "_flat", f, (2, 3))
        case(name + "_ties", lambda x, f=f: f(x, -1), ties)
        case(name + "_integers", lambda x, f=f: f(x, 0), WHOLE % 5)
    case("argmax_truth", lambda x: ops.argmax(x, 1), WHOLE > 0)
    case("cumsum", lambda x: ops.cumsum(x, 1), (2, 3, 2))
    case("cumsum_flat", ops.cumsum, (2, 3))
    case("cumsum_truth", lambda x: ops.cumsum(x, -1), WHOLE > 0)
    case("cumsum_nothing", lambda x: ops.cumsum(x, 0), (0, 3))
    case("cumprod", lambda x: ops.cumprod(x, 1), (2, 4, 2))
    case("cumprod_zeros", lambda x: ops.cumprod(x, -1), [[1.5, 0.0, 2.0, -1.0], [0.0, 2.0, 0.0, 3.0]])
    case("cumprod_flat", ops.cumprod, (2, 2))
    case("cumprod_integers", lambda x: ops.cumprod(x, 2), WHOLE * 1000)
    case("sort", ops.sort, (3, 5))
    case("sort_first", lambda x: ops.sort(x, 0), (4, 2, 3))
    case("sort_ties", ops.sort, ties)
    case("sort_integers", lambda x: ops.sort(x, 1), -WHOLE)
    case("argsort", ops.argsort, (3, 5))
    case("argsort_ties", ops.argsort, ties)
    case("argsort_middle", lambda x: ops.argsort(x, 1), WHOLE % 3)
    case("top_k", lambda x: ops.top_k(x, 2), (3, 5))
    case("top_k_ties", lambda x: ops.top_k(x, 3), ties[:3])
    case("top_k_integers", lambda x: ops.top_k(x, 4), WHOLE % 4)


PARTS = [axes, joins, numbered, ranges, orders]
write("arrays.json", PARTS)
