"""Writes keras-ops/tests/cases/bits.json: what keras.ops gives on JAX for functions of bits, special functions, paddings and
types of results, among them cases of Keras's own tests.

    KERAS_BACKEND=jax python tests/keras/make_ops_bits.py

The operation itself is written twice: here, and under the same name in keras-ops/tests/keras/bits.rs. They are not run on
devices.
"""

import numpy as np

from ops_cases import INF, NAN, case, ops, write

SOME = [12, -18, 0, 7]
OTHER = [8, 12, 0, 0]
CURVE = [-11.0, -3.0, -0.75, -0.5, 0.0, 0.25, 0.5, 0.51, 1.0, 2.5, 5.0, 8.5, NAN, INF, -INF]


def bits():
    for name in ["bitwise_and", "bitwise_or", "bitwise_xor", "gcd", "lcm"]:
        case(name, getattr(ops, name), SOME, OTHER, gradients=False)
    case("left_shift", ops.left_shift, [1, -1, 5, 3], [3, 31, 33, 0], gradients=False)
    case("right_shift", ops.right_shift, [-8, 8, 5, 7], [1, 2, 33, 0], gradients=False)
    case("bitwise_not", ops.bitwise_not, SOME, gradients=False)
    case("bitwise_and_rows", ops.bitwise_and, [[1, 2, 3], [4, 5, 6]], [3, 1, 2], gradients=False)
    case("bitwise_and_truth", lambda a, b: ops.bitwise_and(a > 0.0, b > 0.0), [1.0, 1.0, -1.0], [1.0, -1.0, 1.0], gradients=False)
    case("bitwise_or_truth", lambda a, b: ops.bitwise_or(a > 0.0, b), [1.0, -1.0], [6, 6], gradients=False)
    case("bitwise_not_truth", lambda a: ops.bitwise_not(a > 0.0), [1.0, -1.0], gradients=False)


def curves():
    case("erfc", ops.erfc, CURVE, gradients=False)
    case("erfc_slopes", ops.erfc, [-2.0, -0.25, 0.0, 0.75, 2.0])
    case("i0", ops.i0, [0.0, 1.0, -3.0, 3.75, 5.0, 0.001, NAN], gradients=False)
    case("i0_slopes", ops.i0, [-2.0, 0.5, 4.5])
    case("angle", ops.angle, [1.0, -1.0, 0.0, -0.0, INF, NAN], gradients=False)
    case("kaiser", lambda: ops.kaiser(5, 4.0))
    case("kaiser_wide", lambda: ops.kaiser(6, 14.0))
    case("kaiser_one", lambda: ops.kaiser(1, 2.0))


def rows():
    for mode in ["valid", "same", "full"]:
        case(f"correlate_{mode}", lambda a, b, mode=mode: ops.correlate(a, b, mode=mode), (5,), (4,))
        case(f"correlate_{mode}_short", lambda a, b, mode=mode: ops.correlate(a, b, mode=mode), (2,), (5,))
    case("correlate_integers", ops.correlate, [1, 2, 3], [4, 5], gradients=False)
    for mode in ["edge", "reflect", "symmetric", "wrap"]:
        case(f"pad_{mode}", lambda x, mode=mode: ops.pad(x, ((1, 0), (2, 2)), mode=mode), (2, 3), gradients=False)
    case("pad_reflect_far", lambda x: ops.pad(x, ((5, 4),), mode="reflect"), [1, 2, 3], gradients=False)
    case("argsort_number", ops.argsort, 3.0, gradients=False)


def matrices():
    case("slogdet_singular", lambda x: ops.slogdet(x), np.ones((3, 3)), gradients=False)
    case("det_singular", ops.det, np.ones((3, 3)), gradients=False)
    case("cholesky_inverse", ops.cholesky_inverse, [[2.0, 0.0], [0.5, 1.5]], gradients=False)
    upper = [[2.0, 0.5], [0.0, 1.5]]
    case("cholesky_inverse_upper", lambda x: ops.cholesky_inverse(x, upper=True), upper, gradients=False)


def decompositions():
    # Signs of vectors are not said: squares and products have none.
    def rebuilt(x):
        u, s, vt = ops.svd(x, full_matrices=False)
        return s, u * u, vt * vt, ops.matmul(u[..., :1], vt[..., :1, :])

    def vectors(x):
        w, v = ops.eigh(x + ops.swapaxes(x, -1, -2))
        return w, v * v

    def both(x):
        q, r = ops.qr(x)
        return q, r

    # Values far apart: JAX computes in 32 bits, and vectors have its errors over the gaps.
    case("svd", rebuilt, [[[3.0, 0.5, 0.25], [-0.5, 2.0, 0.5], [0.25, 0.5, -1.0], [0.5, -0.25, 0.125]], [[0.5, 1.0, 4.0], [2.0, 0.25, 0.5], [0.0, 1.0, 0.5], [1.0, 0.5, 0.0]]])
    case("svd_wide", rebuilt, (2, 4))
    case("svd_values", lambda x: ops.svd(x, compute_uv=False), (3, 3))
    case("eigh", vectors, (2, 3, 3))
    case("qr", both, (2, 4, 3))
    case("qr_square", both, (3, 3))
    case("qr_wide", both, (2, 4))
    for order in [2, -2, "nuc"]:
        case(f"norm_{order}", lambda x, order=order: ops.norm(x, ord=order, axis=(0, 2)), (3, 2, 4))
    case("pinv", ops.pinv, (4, 2))
    case("pinv_wide", ops.pinv, (2, 3, 5), gradients=False)
    flat = [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, -1.0]]
    case("pinv_flat", ops.pinv, flat, gradients=False)
    case("matrix_rank", ops.matrix_rank, flat, gradients=False)
    case("matrix_rank_above", lambda x: ops.matrix_rank(x, tol=2.0), flat, gradients=False)
    case("lstsq", ops.lstsq, (4, 2), (4,))
    case("lstsq_several", ops.lstsq, (3, 3), (3, 2))
    case("lstsq_flat", ops.lstsq, flat, [[1.0], [2.0], [3.0]], gradients=False)


def types():
    case("trunc_integers", ops.trunc, [1, -2, 3], gradients=False)
    case("round_tens", lambda x: ops.round(x, -1), [14, -26, 26, 3], gradients=False)
    case("in_top_k_steps", lambda t, p: ops.in_top_k(t, p, 1), [[1, 0]], [[[0.1, 0.9], [0.2, 0.8]]], gradients=False)
    places = [[0.2, 1.5, 1.75, -0.5]]
    for order in [0, 1]:
        case(
            f"map_coordinates_{order}",
            lambda x, at, order=order: ops.image.map_coordinates(x, at, order),
            [1, 4, -7],
            places,
            gradients=False,
        )


write("bits.json", [bits, curves, rows, matrices, decompositions, types])
