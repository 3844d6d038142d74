"""Writes keras-ops/tests/cases/nn.json: what keras.ops gives on JAX for products, networks' operations and loops.

    KERAS_BACKEND=jax python tests/keras/make_ops_nn.py [PART ...]

With names of parts (the functions below) only their cases are made, and the others stay.

Each case has inputs, outputs, and the gradients of sum(output * cotangent) by the inputs of floats. The operation itself is
written twice: here, and under the same name in keras-ops/tests/keras/nn.rs.
"""

import jax
import numpy as np
from ops_cases import INF, NAN, case, ops, write


def linalg():
    for name, a, b in [
        ("matmul_2d", (2, 3), (3, 4)), ("matmul_vectors", (5,), (5,)), ("matmul_row", (3,), (2, 3, 4)),
        ("matmul_column", (2, 4, 3), (3,)), ("matmul_batch", (2, 1, 3, 4), (5, 4, 2)), ("matmul_one_for_all", (2, 3, 4), (4, 5)),
        ("matmul_for_one", (3, 4), (2, 4, 5)), ("matmul_nothing_summed", (2, 0), (0, 3)), ("matmul_no_rows", (0, 3), (3, 2)),
        ("matmul_ones", (1, 1), (1, 1)), ("matmul_large", (33, 70), (70, 35)),
    ]:
        case(name, ops.matmul, a, b)
    m, n = np.arange(6).reshape(2, 3) - 2, np.arange(12).reshape(3, 4) * 3 - 7
    case("matmul_integers", ops.matmul, m, n)
    case("matmul_wraps", ops.matmul, m * 100000, n * 100000)
    case("matmul_mixed", ops.matmul, m, (3, 4))
    case("matmul_truth", ops.matmul, m > 0, n > 0)
    case("matmul_transposed", lambda a, b: ops.matmul(ops.transpose(a, (0, 2, 1)), ops.transpose(b, (0, 2, 1))), (2, 4, 3), (2, 5, 4))
    case("matmul_special", ops.matmul, [[NAN, 1.0], [INF, 2.0]], [[1.0, 0.0], [1.0, 2.0]])
    for name, a, b in [
        ("dot_vectors", (4,), (4,)), ("dot_number", (), (2, 3)), ("dot_matrix_vector", (2, 3), (3,)),
        ("dot_matrices", (2, 3), (3, 4)), ("dot_many", (2, 3, 4), (5, 4, 2)), ("dot_vector_many", (4,), (5, 4, 2)),
    ]:
        case(name, ops.dot, a, b)
    for name, a, b in [("inner_vectors", (4,), (4,)), ("inner_many", (2, 4), (3, 5, 4)), ("inner_number", (2, 2), ())]:
        case(name, ops.inner, a, b)
    case("outer_vectors", ops.outer, (3,), (4,))
    case("outer_flat", ops.outer, (2, 2), (1, 3))
    case("outer_integers", ops.outer, np.arange(3), np.arange(2) + 5)
    case("vdot", ops.vdot, (2, 3), (2, 3))
    case("vdot_flat", ops.vdot, (2, 3), (6,))
    case("tensordot_2", lambda a, b: ops.tensordot(a, b, 2), (2, 3, 4), (3, 4, 5))
    case("tensordot_0", lambda a, b: ops.tensordot(a, b, 0), (2, 3), (4,))
    case("tensordot_1", lambda a, b: ops.tensordot(a, b, 1), (2, 3), (3, 2, 2))
    case("tensordot_pairs", lambda a, b: ops.tensordot(a, b, ((0, 2), (1, 0))), (3, 5, 2), (2, 3, 4))
    case("tensordot_negative", lambda a, b: ops.tensordot(a, b, ((-1,), (-2,))), (3, 5), (2, 5, 4))
    for i, (text, *shapes) in enumerate([
        ("ij,jk->ik", (2, 3), (3, 4)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("ij->ji", (2, 3)), ("ii->i", (3, 3)),
        ("ii", (3, 3)), ("ij->", (2, 3)), ("ba", (2, 3)), ("i,j->ij", (2,), (3,)), ("i,i", (4,), (4,)),
        ("...ij,...jk", (5, 2, 3), (3, 4)), ("...i->i...", (2, 3, 4)), ("...i->i", (2, 3)), ("i...i->...", (2, 3, 2)),
        ("btnh,bsnh->bnts", (2, 3, 2, 4), (2, 5, 2, 4)), ("bnts,bsnh->btnh", (2, 2, 3, 5), (2, 5, 2, 4)),
        ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("ij,ij->i", (2, 3), (2, 3)), ("ij,k->ik", (2, 3), (4,)),
        ("ij,jk->ik", (2, 1), (3, 4)), ("...,...", (2, 1, 3), (4, 1)), ("abc,cd,bd->a", (2, 3, 4), (4, 5), (3, 5)),
        ("ijk,ilk->ilj", (2, 3, 4), (2, 5, 4)), ("ij , jk -> ki", (2, 3), (3, 4)), ("iij,jk->ik", (2, 2, 3), (3, 2)),
        ("ij,jk->ik", (2, 0), (0, 3)), ("BA,AC", (2, 3), (3, 4)), ("a,b,c->cab", (2,), (3,), (4,)),
    ]):
        case(f"einsum_{i}", lambda *x, text=text: ops.einsum(text, *x), *shapes)
    case("einsum_integers", lambda a, b: ops.einsum("ij,jk->ik", a, b), m, n)
    case("cross_3", ops.cross, (4, 3), (4, 3))
    case("cross_2", ops.cross, (4, 2), (4, 2))
    case("cross_3_2", ops.cross, (4, 3), (2,))
    case("cross_2_3", ops.cross, (1, 2), (4, 3))
    case("cross_axes", lambda a, b: ops.cross(a, b, axisa=0, axisb=1, axisc=0), (3, 4), (4, 3))
    case("cross_axis", lambda a, b: ops.cross(a, b, axis=0), (3, 4), (3, 4))
    case("kron", ops.kron, (2, 3), (3, 2))
    case("kron_ranks", ops.kron, (2,), (2, 1, 3))
    case("kron_integers", ops.kron, m, n)
    case("norm", ops.norm, (2, 3))
    case("norm_vector", ops.norm, (4,))
    case("norm_all", ops.norm, (2, 3, 2))
    case("norm_axis", lambda x: ops.norm(x, axis=-1), (2, 3))
    case("norm_keepdims", lambda x: ops.norm(x, axis=0, keepdims=True), (2, 3))
    case("norm_axes", lambda x: ops.norm(x, axis=(0, 2)), (2, 3, 2))
    case("norm_fro", lambda x: ops.norm(x, ord="fro"), (2, 3))
    for name, order in [("0", 0), ("1", 1), ("2", 2), ("3", 3), ("half", 0.5), ("minus", -1.5), ("inf", INF), ("minus_inf", -INF)]:
        case(f"norm_vector_{name}", lambda x, order=order: ops.norm(x, ord=order, axis=1), (3, 4))
    for name, order in [("1", 1), ("minus_1", -1), ("inf", INF), ("minus_inf", -INF)]:
        case(f"norm_matrix_{name}", lambda x, order=order: ops.norm(x, ord=order, axis=(0, 1)), (3, 4, 2))
        case(f"norm_matrix_turned_{name}", lambda x, order=order: ops.norm(x, ord=order, axis=(2, 0)), (3, 4, 2))
    case("norm_zeros", lambda x: ops.norm(x, axis=1), np.zeros((2, 2)))
    case("norm_special", lambda x: ops.norm(x, axis=1), [[NAN, 1.0], [INF, 1.0], [0.5, 0.25]])


def convolutions():
    for name, x, w, kw in [
        ("1d", (2, 7, 3), (3, 3, 4), {}), ("1d_same", (2, 8, 2), (3, 2, 3), dict(padding="same", strides=2)),
        ("1d_dilated", (1, 9, 2), (3, 2, 2), dict(dilation_rate=2)), ("1d_groups", (2, 6, 4), (2, 2, 6), dict(strides=2)),
        ("2d", (2, 5, 6, 3), (3, 2, 3, 4), {}), ("2d_same", (2, 5, 6, 2), (3, 3, 2, 3), dict(padding="same")),
        ("2d_same_strides", (1, 7, 6, 2), (3, 2, 2, 3), dict(padding="same", strides=(2, 3))),
        ("2d_dilated", (1, 7, 8, 2), (3, 3, 2, 2), dict(padding="same", dilation_rate=(2, 1))),
        ("2d_groups", (1, 4, 5, 6), (2, 3, 2, 3), dict(padding="same")), ("2d_one", (1, 1, 1, 1), (1, 1, 1, 1), {}),
        ("2d_first", (2, 3, 5, 6), (3, 2, 3, 4), dict(data_format="channels_first", strides=2)),
        ("2d_first_same", (2, 2, 4, 3), (2, 2, 2, 3), dict(data_format="channels_first", padding="same")),
        ("2d_wide_stride", (1, 5, 5, 1), (1, 1, 1, 2), dict(strides=3)), ("2d_no_samples", (0, 4, 4, 2), (3, 3, 2, 2), {}),
        ("2d_large_kernel_same", (1, 2, 2, 1), (5, 5, 1, 1), dict(padding="same")),
        ("3d", (1, 3, 4, 5, 2), (2, 2, 3, 2, 3), {}), ("3d_same", (2, 3, 4, 3, 2), (2, 3, 2, 2, 2), dict(padding="same", strides=(1, 2, 2))),
        ("3d_dilated", (1, 5, 5, 5, 1), (2, 2, 2, 1, 2), dict(dilation_rate=2)),
        ("3d_groups", (1, 3, 3, 3, 4), (2, 2, 2, 2, 4), dict(padding="same")),
        ("3d_first", (1, 2, 3, 4, 3), (2, 2, 2, 2, 3), dict(data_format="channels_first", padding="same")),
    ]:
        case(f"conv_{name}", lambda x, w, kw=kw: ops.conv(x, w, **kw), x, w)
    for name, x, w, kw in [
        ("1d", (2, 7, 3), (3, 3, 2), {}), ("2d", (2, 5, 4, 3), (2, 3, 3, 2), dict(padding="same", strides=2)),
        ("2d_dilated", (1, 6, 6, 2), (2, 2, 2, 1), dict(dilation_rate=2)),
        ("2d_first", (1, 2, 4, 4), (3, 3, 2, 1), dict(padding="same", data_format="channels_first")),
        ("3d", (1, 3, 3, 3, 2), (2, 2, 2, 2, 2), {}),
    ]:
        case(f"depthwise_conv_{name}", lambda x, w, kw=kw: ops.depthwise_conv(x, w, **kw), x, w)
    for name, x, d, p, kw in [
        ("1d", (2, 7, 2), (3, 2, 2), (1, 4, 3), dict(padding="same")),
        ("2d", (1, 5, 6, 2), (2, 2, 2, 1), (1, 1, 2, 3), dict(strides=2)),
        ("2d_first", (1, 2, 5, 6), (2, 2, 2, 2), (1, 1, 4, 3), dict(data_format="channels_first")),
    ]:
        case(f"separable_conv_{name}", lambda x, d, p, kw=kw: ops.separable_conv(x, d, p, **kw), x, d, p)
    for name, x, w, kw in [
        ("1d", (2, 4, 3), (3, 2, 3), {}), ("1d_strides", (2, 4, 3), (3, 2, 3), dict(strides=2)),
        ("1d_gap", (1, 3, 2), (2, 2, 2), dict(strides=4)), ("1d_same", (1, 4, 2), (3, 3, 2), dict(strides=3, padding="same")),
        ("1d_output_padding", (1, 4, 2), (3, 3, 2), dict(strides=2, output_padding=1)),
        ("1d_output_padding_same", (1, 4, 2), (4, 3, 2), dict(strides=2, padding="same", output_padding=0)),
        ("1d_dilated", (1, 4, 2), (3, 1, 2), dict(dilation_rate=2)),
        ("2d", (2, 3, 4, 2), (3, 2, 4, 2), dict(strides=2)), ("2d_same", (1, 3, 4, 2), (3, 3, 1, 2), dict(strides=(2, 1), padding="same")),
        ("2d_output_padding", (1, 3, 3, 1), (2, 3, 2, 1), dict(strides=2, padding="same", output_padding=(1, 0))),
        ("2d_first", (1, 2, 3, 3), (3, 3, 2, 2), dict(strides=2, data_format="channels_first", padding="same")),
        ("2d_dilated_same", (1, 4, 4, 1), (3, 3, 2, 1), dict(dilation_rate=2, padding="same")),
        ("2d_one", (1, 1, 1, 1), (1, 1, 1, 1), {}),
        ("3d", (1, 2, 3, 2, 2), (2, 2, 3, 2, 2), dict(strides=(1, 2, 2))),
        ("3d_same", (1, 2, 2, 3, 1), (3, 2, 2, 2, 1), dict(strides=2, padding="same")),
    ]:
        case(f"conv_transpose_{name}", lambda x, w, kw=kw: ops.conv_transpose(x, w, **kw), x, w)


def poolings():
    for name, x, kw in [
        ("1d", (2, 7, 3), dict(pool_size=2)), ("1d_same", (2, 7, 2), dict(pool_size=3, strides=2, padding="same")),
        ("2d", (2, 4, 6, 2), dict(pool_size=2)), ("2d_overlap", (1, 5, 6, 2), dict(pool_size=(3, 2), strides=1)),
        ("2d_same", (1, 5, 4, 2), dict(pool_size=3, strides=(2, 1), padding="same")),
        ("2d_gap", (1, 7, 7, 1), dict(pool_size=2, strides=3)), ("2d_no_samples", (0, 4, 4, 1), dict(pool_size=2)),
        ("2d_first", (1, 2, 5, 4), dict(pool_size=2, strides=1, data_format="channels_first", padding="same")),
        ("3d", (1, 4, 3, 4, 2), dict(pool_size=2)), ("3d_same", (1, 3, 4, 3, 2), dict(pool_size=(2, 3, 2), strides=2, padding="same")),
        ("3d_first", (2, 1, 3, 3, 3), dict(pool_size=2, strides=1, data_format="channels_first")),
    ]:
        if "strides" not in kw:
            kw = dict(strides=kw["pool_size"], **kw)
        case(f"max_pool_{name}", lambda x, kw=kw: ops.max_pool(x, **kw), x)
        case(f"average_pool_{name}", lambda x, kw=kw: ops.average_pool(x, **kw), x)
    ties = np.array([1, 1, 0, 1, 2, 2, 2, 0, 1, 1, 1, 1, 0, 0, 2, 2], "float32").reshape(1, 4, 4, 1)
    special = np.array([1, NAN, 0, 3, 2, 2, INF, 0, NAN, NAN, 1, -INF, 0, 0, 2, -INF], "float32").reshape(1, 4, 4, 1)
    for name, x in [("ties", ties), ("special", special), ("low", np.full((1, 4, 4, 1), -INF))]:
        case(f"max_pool_{name}", lambda x: ops.max_pool(x, 2, 2), x)
        case(f"max_pool_overlap_{name}", lambda x: ops.max_pool(x, 3, 1), x)
        case(f"max_pool_3d_{name}", lambda x: ops.max_pool(x, 2, 1), x.reshape(1, 4, 2, 2, 1))
        case(f"average_pool_{name}", lambda x: ops.average_pool(x, 3, 1, "same"), x)
    for name, x, size, kw in [
        ("1d", (2, 7, 2), (3,), {}), ("1d_same_size", (1, 4, 1), (4,), {}), ("1d_larger", (1, 3, 2), (5,), {}),
        ("2d", (1, 5, 7, 2), (3, 2), {}), ("2d_first", (1, 2, 5, 4), (2, 3), dict(data_format="channels_first")),
        ("3d", (1, 3, 4, 5, 1), (2, 2, 3), {}), ("2d_int", (1, 6, 5, 1), 2, {}),
    ]:
        kw = dict(data_format="channels_last") | kw
        case(f"adaptive_max_pool_{name}", lambda x, size=size, kw=kw: ops.adaptive_max_pool(x, size, **kw), x)
        case(f"adaptive_average_pool_{name}", lambda x, size=size, kw=kw: ops.adaptive_average_pool(x, size, **kw), x)
    case("adaptive_max_pool_ties", lambda x: ops.adaptive_max_pool(x, (3, 3), data_format="channels_last"), ties)


def activations():
    special = np.array([-INF, -1.5, -0.5, -0.0, 0.0, 0.25, 0.5, 2.0, 7.0, INF, NAN], "float32")
    table = {
        "celu": ops.celu, "celu_2": lambda x: ops.celu(x, 2.0), "hard_shrink": ops.hard_shrink,
        "hard_shrink_1": lambda x: ops.hard_shrink(x, 1.0), "soft_shrink": ops.soft_shrink,
        "soft_shrink_1": lambda x: ops.soft_shrink(x, 1.0), "threshold": lambda x: ops.threshold(x, 0.25, -3.0),
    }
    for name, fn in table.items():
        case(name, fn, special)
        case(name + "_shape", fn, (2, 0, 3))
    case("glu", ops.glu, (3, 4))
    case("glu_axis", lambda x: ops.glu(x, axis=0), (4, 3))
    case("glu_nothing", ops.glu, (2, 0))
    for name, x in [("sparsemax", (3, 5)), ("sparsemax_ties", [[1.0, 1.0, 0.0], [2.0, 2.0, 2.0], [0.1, 0.2, 0.3]])]:
        case(name, ops.sparsemax, x)
    case("sparsemax_axis", lambda x: ops.sparsemax(x, axis=1), (2, 4, 3))
    for name, fn in [("softmax", ops.softmax), ("log_softmax", ops.log_softmax)]:
        case(name, fn, (3, 5))
        case(name + "_vector", fn, (4,))
        case(name + "_axis", lambda x, fn=fn: fn(x, axis=1), (2, 4, 3))
        case(name + "_axes", lambda x, fn=fn: fn(x, axis=(0, 2)), (2, 4, 3))
        case(name + "_turned", lambda x, fn=fn: fn(x, axis=(2, 1)), (2, 4, 3))
        case(name + "_one", fn, (3, 1))
        case(name + "_nothing", fn, (0, 3))
        case(name + "_far", fn, np.array([[1000.0, 0.0, -1000.0], [-INF, 0.0, 1.0]]))
        case(name + "_special", fn, np.array([[NAN, 0.0], [INF, 0.0], [-INF, -INF]]))
        case(name + "_wide", fn, (2, 70))


def normalizations():
    ln = ops.layer_normalization
    case("layer_normalization", ln, (3, 5))
    case("layer_normalization_weights", lambda x, g, b: ln(x, g, b), (2, 3, 5), (5,), (5,))
    case("layer_normalization_gamma", lambda x, g: ln(x, g, epsilon=1e-3), (3, 5), (5,))
    case("layer_normalization_beta", lambda x, b: ln(x, beta=b, epsilon=0.1), (3, 5), (5,))
    case("layer_normalization_axis", lambda x, g, b: ln(x, g, b, axis=1, epsilon=1e-3), (2, 4, 3), (4,), (4,))
    case("layer_normalization_axes", lambda x, g, b: ln(x, g, b, axis=(1, 2), epsilon=1e-3), (2, 4, 3), (4, 3), (4, 3))
    case("layer_normalization_apart", lambda x, g: ln(x, g, axis=(0, -1), epsilon=1e-3), (2, 4, 3), (2, 3))
    case("layer_normalization_each", lambda x, g: ln(x, g, epsilon=1e-3), (3, 4), (3, 4))
    case("layer_normalization_same", lambda x: ln(x, epsilon=1e-3), np.full((2, 3), 5.0))
    rms = ops.rms_normalization
    case("rms_normalization", rms, (3, 5))
    case("rms_normalization_scale", lambda x, s: rms(x, s, epsilon=1e-3), (2, 3, 5), (5,))
    case("rms_normalization_axis", lambda x: rms(x, axis=0, epsilon=0.5), (3, 5))
    case("rms_normalization_axes", lambda x: rms(x, axis=(0, 2)), (3, 5, 2))
    case("rms_normalization_number", rms, ())
    case("batch_normalization", lambda x, m: ops.batch_normalization(x, m, np.array([0.5, 1.0, 2.0], "float32"), -1), (4, 3), (3,))
    case("batch_normalization_all", lambda x, m, v, o, s: ops.batch_normalization(x, m, v, 1, offset=o, scale=s, epsilon=1e-2),
         (2, 3, 4), (3,), (3,), (3,), (3,), low=0.25)
    case("normalize", ops.normalize, (3, 4))
    case("normalize_axis", lambda x: ops.normalize(x, axis=0), (3, 4))
    case("normalize_axes", lambda x: ops.normalize(x, axis=(0, 1)), (3, 4, 2))
    case("normalize_1", lambda x: ops.normalize(x, order=1), (3, 4))
    case("normalize_3", lambda x: ops.normalize(x, order=3), (3, 4))
    case("normalize_zeros", ops.normalize, [[0.0, 0.0], [1e-9, 0.0], [3.0, 4.0]], gradients=False)
    case("normalize_zeros_1", lambda x: ops.normalize(x, order=1), [[0.0, 0.0], [1e-9, 0.0], [3.0, 4.0]], gradients=False)
    case("normalize_number", ops.normalize, ())
    case("psnr", lambda a, b: ops.psnr(a, b, 2.0), (2, 3), (2, 3))
    case("psnr_same", lambda a: ops.psnr(a, a, 1.0), (2, 3), gradients=False)


def losses():
    p = np.array([[0.0, 1e-9, 0.3, 1.0], [0.5, 0.9999999, 0.2, NAN]])
    t = np.array([[0.0, 1.0, 0.5, 1.0], [1.0, 0.0, 0.2, 1.0]])
    logits = np.array([[-INF, 50.0, -50.0, 0.0], [1.0, INF, 200.0, -0.5]])
    bce = ops.binary_crossentropy
    case("binary_crossentropy", bce, t, p)
    case("binary_crossentropy_inside", bce, (2, 3), (2, 3), low=0.1, high=0.9)
    case("binary_crossentropy_logits", lambda t, x: bce(t, x, from_logits=True), t, logits)
    case("binary_crossentropy_logits_inside", lambda t, x: bce(t, x, from_logits=True), (2, 3), (2, 3))
    cce = ops.categorical_crossentropy
    q = np.array([[0.0, 1e-9, 0.3, 1.0], [0.5, 0.5, 0.25, 0.25], [0.0, 0.0, 0.0, 1.0]])
    u = np.array([[0.0, 1.0, 0.5, 1.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
    case("categorical_crossentropy", cce, u, q)
    case("categorical_crossentropy_axis", lambda t, x: cce(t, x, axis=1), (2, 3, 2), (2, 3, 2), low=0.1, high=0.9)
    case("categorical_crossentropy_logits", lambda t, x: cce(t, x, from_logits=True), (3, 4), (3, 4))
    case("categorical_crossentropy_logits_axis", lambda t, x: cce(t, x, from_logits=True, axis=0), (3, 4), (3, 4))
    case("categorical_crossentropy_logits_far", lambda t, x: cce(t, x, from_logits=True), t, [[-INF, 50.0, -50.0, 0.0], [1.0, 900.0, 200.0, -0.5]])
    scce = ops.sparse_categorical_crossentropy
    case("sparse_categorical_crossentropy", scce, np.array([0, 3, 2]), q)
    case("sparse_categorical_crossentropy_beyond", scce, np.array([-1, 4, 3]), q)
    case("sparse_categorical_crossentropy_column", scce, np.array([[0], [3], [2]]), (3, 4), low=0.1)
    case("sparse_categorical_crossentropy_logits", lambda t, x: scce(t, x, from_logits=True), np.array([[0, 3], [1, 1]]), (2, 2, 4))
    case("sparse_categorical_crossentropy_axis", lambda t, x: scce(t, x, from_logits=True, axis=1), np.array([[0, 1], [1, 1]]), (2, 2, 2))


def attention():
    dpa = ops.dot_product_attention
    q, k = (2, 3, 2, 4), (2, 5, 2, 4)
    mask = np.random.default_rng(3).uniform(size=(2, 2, 3, 5)) > 0.4
    none = mask.copy()
    none[0, 1, 2] = False
    case("attention", dpa, q, k, k)
    case("attention_scale", lambda q, k, v: dpa(q, k, v, scale=0.3), q, k, k)
    case("attention_causal", lambda q, k, v: dpa(q, k, v, is_causal=True), q, k, k)
    case("attention_mask", lambda q, k, v, m: dpa(q, k, v, mask=m), q, k, k, mask)
    case("attention_mask_none", lambda q, k, v, m: dpa(q, k, v, mask=m), q, k, k, none)
    case("attention_mask_one", lambda q, k, v, m: dpa(q, k, v, mask=m), q, k, k, mask[:1, :1])
    case("attention_mask_causal", lambda q, k, v, m: dpa(q, k, v, mask=m, is_causal=True), q, k, k, mask[:, :1])
    case("attention_bias", lambda q, k, v, b: dpa(q, k, v, bias=b), q, k, k, (2, 2, 3, 5))
    case("attention_bias_mask", lambda q, k, v, b, m: dpa(q, k, v, bias=b, mask=m, is_causal=True), q, k, k, (1, 2, 3, 5), mask)
    case("attention_groups", dpa, (2, 3, 4, 3), (2, 5, 2, 3), (2, 5, 2, 3))
    case("attention_one_head", dpa, (1, 3, 4, 3), (1, 5, 1, 3), (1, 5, 1, 3))
    case("attention_one", dpa, (1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1))
    case("attention_far", lambda q, k, v, m: dpa(q * 1e6, k * 1e6, v, mask=m), q, k, k, mask, gradients=False)


def loops():
    def rnn(h, x, w, u):
        def step(h, x):
            h = ops.tanh(ops.matmul(x, w) + ops.matmul(h, u))
            return h, h * 2.0

        return ops.scan(step, h, x)

    case("scan_rnn", rnn, (2, 3), (5, 2, 4), (4, 3), (3, 3))
    case("scan_reverse", lambda c, x: ops.scan(lambda c, x: (c * 0.5 + x, c * x), c, x, reverse=True), (3,), (4, 3))
    case("scan_length", lambda c: ops.scan(lambda c, _: (c * c - 0.5, c), c, length=4), (2, 2))
    case("scan_one", lambda c, x: ops.scan(lambda c, x: (c + x, c), c, x), (2,), (1, 2))
    case("scan_none", lambda c, x: ops.scan(lambda c, x: (c + x, c * 2), c, x), (2,), (0, 2))

    def pair(a, n, x, k):
        def step(carry, xs):
            a, n = carry
            x, k = xs
            return (a * ops.sin(x) + ops.cast(n, "float32"), n + k), (a + x, n * k)

        (a, n), (y, m) = ops.scan(step, (a, n), (x, k))
        return a, n, y, m

    case("scan_pair", pair, (2,), np.array(1), (3, 2), np.array([2, 3, 4]))
    case("scan_gradient", lambda c, x: jax.grad(lambda c, x: ops.sum(ops.scan(lambda c, x: (ops.sin(c * x), c), c, x)[1] ** 2), 1)(c, x), (2,), (4, 2))
    case("fori_loop", lambda x: ops.fori_loop(2, 6, lambda i, x: x * 0.5 + ops.cast(i, "float32"), x), (3,))
    case("while_loop", lambda x: ops.while_loop(lambda x: ops.sum(x) < 20.0, lambda x: (x * 2.0,), (x,), maximum_iterations=10)[0],
         [1.0, 2.0], gradients=False)
    case("while_loop_maximum", lambda x: ops.while_loop(lambda x: ops.sum(x) < 20.0, lambda x: (x * 2.0,), (x,), maximum_iterations=2)[0],
         [1.0, 2.0], gradients=False)


def blocks():
    for name, fn in [("depth_to_space", ops.depth_to_space), ("space_to_depth", ops.space_to_depth)]:
        case(name, lambda x, fn=fn: fn(x, 2), (2, 2, 4, 8))
        case(name + "_first", lambda x, fn=fn: fn(x, 2, data_format="channels_first"), (1, 8, 2, 4))
        case(name + "_three", lambda x, fn=fn: fn(x, 3), (1, 3, 6, 9))
    for name, kw in [("", {}), ("_all", dict(dilation=2, padding=(1, 2), stride=(2, 1))), ("_apart", dict(stride=2))]:
        case("unfold" + name, lambda x, kw=kw: ops.unfold(x, (2, 3), **kw), (2, 2, 5, 6))
        # Keras's fold on JAX takes only windows that reach to the end of the image.
        if name != "_all":
            case("fold" + name, lambda x, kw=kw: ops.fold(x, (4, 5), (2, 3), **kw), (2, 12, 9 if name == "" else 4))
    case("fold_all", lambda x: ops.fold(x, (5, 6), (2, 3), dilation=2, padding=1, stride=(2, 1)), (1, 12, 12))


def ctc():
    target = np.array([[1, 2, 2, 3], [3, 3, 1, 0], [2, 1, 0, 0]])
    lengths, steps = np.array([4, 3, 1]), np.array([7, 6, 3])
    case("ctc_loss", ops.ctc_loss, target, (3, 7, 5), lengths, steps)
    case("ctc_loss_mask", lambda t, x, n, m: ops.ctc_loss(t, x, n, m, mask_index=4), target, (3, 7, 5), lengths, steps)
    case("ctc_loss_beyond", ops.ctc_loss, target[:, :1], (3, 2, 4), np.array([1, 0, 5]), np.array([9, 1, 2]))


PARTS = [linalg, convolutions, poolings, activations, normalizations, losses, attention, loops, blocks, ctc]
write("nn.json", PARTS)
