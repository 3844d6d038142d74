"""Writes keras-ops/tests/cases/more.json: what keras.ops gives on JAX for images, Fourier transforms, matrices that are
solved for, and operations that are a few others.

    KERAS_BACKEND=jax python tests/keras/make_ops_more.py [PART ...]

With names of parts (the functions below) only their cases are made, and the others stay. The operation itself is written
twice: here, and under the same name in keras-ops/tests/keras/more.rs.
"""

import numpy as np
from ops_cases import INF, NAN, case, ops, write

SPECIAL = [[1.5, NAN, -2.0, INF], [NAN, -INF, 0.0, 3.0], [NAN, NAN, NAN, NAN]]
SOME = [[1.5, NAN, -2.0, 0.25], [NAN, 4.0, 0.0, 3.0]]


def images():
    for name in ["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]:
        for k, (shape, size) in enumerate([((2, 5, 4, 3), (7, 9)), ((6, 7, 1), (3, 4)), ((1, 3, 3, 2), (3, 1))]):
            case(f"resize_{name}_{k}", lambda x, n=name, s=size: ops.image.resize(x, s, interpolation=n, data_format="channels_last"), shape)
    for name in ["bilinear", "bicubic", "lanczos3"]:
        case(f"resize_antialias_{name}", lambda x, n=name: ops.image.resize(x, (3, 4), interpolation=n, antialias=True, data_format="channels_last"), (1, 9, 8, 2))
    case("resize_first", lambda x: ops.image.resize(x, (4, 6), data_format="channels_first"), (2, 3, 5, 4))
    case("rgb_to_grayscale", lambda x: ops.image.rgb_to_grayscale(x, data_format="channels_last"), (2, 3, 2, 3))
    case("crop_images", lambda x: ops.image.crop_images(x, 1, 0, 1, 2, data_format="channels_last"), (2, 5, 4, 3))
    case("pad_images", lambda x: ops.image.pad_images(x, 1, 0, 2, 3, data_format="channels_last"), (2, 2, 4, 3))
    at = np.array([[[0.0, 1.3, -0.6], [3.2, 1.5, 0.9]], [[2.0, 0.4, 1.1], [-1.7, 3.9, 5.2]]], "float32")
    for mode in ["constant", "nearest", "wrap", "mirror", "reflect"]:
        for order in [0, 1]:
            case(f"map_coordinates_{mode}_{order}", lambda x, at, m=mode, o=order: ops.image.map_coordinates(x, at, o, m, 0.5), (3, 4), at, gradients=False)
    case("map_coordinates_gradient", lambda x: ops.image.map_coordinates(x, at, 1, "nearest"), (3, 4))
    turn = np.array([[0.9, -0.3, 1.2, 0.4, 1.1, -0.7, 0, 0], [1, 0, 0.5, 0, 1, 0, 0, 0]], "float32")
    for mode in ["constant", "reflect"]:
        for name in ["nearest", "bilinear"]:
            case(f"affine_transform_{mode}_{name}", lambda x, m=mode, n=name: ops.image.affine_transform(x, turn, n, m, 0.25, data_format="channels_last"), (2, 4, 5, 2))
    for name, more in [("crop", dict(crop_to_aspect_ratio=True)), ("pad", dict(pad_to_aspect_ratio=True, fill_value=0.5))]:
        case(f"resize_{name}", lambda x, m=more: ops.image.resize(x, (4, 6), data_format="channels_last", **m), (1, 7, 5, 2))
        case(f"resize_{name}_wide", lambda x, m=more: ops.image.resize(x, (5, 4), data_format="channels_last", **m), (1, 3, 8, 2))
    case("rgb_to_grayscale_gray", lambda x: ops.image.rgb_to_grayscale(x, data_format="channels_last"), (2, 3, 2, 1))
    case("rgb_to_hsv", lambda x: ops.image.rgb_to_hsv(x, data_format="channels_last"), (2, 3, 4, 3), low=0.0, high=1.0)
    case("rgb_to_hsv_any", lambda x: ops.image.rgb_to_hsv(x, data_format="channels_last"), (3, 5, 3))
    grays = [[[0.0, 0.0, 0.0], [0.5, 0.5, 0.5], [1.0, 1.0, 0.0], [0.2, 0.7, 0.7], [1.0, 0.0, 1.0], [255.0, 0.0, 0.0]]]
    case("rgb_to_hsv_grays", lambda x: ops.image.rgb_to_hsv(x, data_format="channels_last"), grays, gradients=False)
    case("hsv_to_rgb", lambda x: ops.image.hsv_to_rgb(x, data_format="channels_last"), (2, 3, 4, 3), low=0.0, high=1.0)
    case("hsv_to_rgb_any", lambda x: ops.image.hsv_to_rgb(x, data_format="channels_last"), (3, 5, 3))
    case("gaussian_blur", lambda x: ops.image.gaussian_blur(x, data_format="channels_last"), (2, 4, 5, 3))
    case("gaussian_blur_wide", lambda x: ops.image.gaussian_blur(x, (5, 3), (0.7, 2.0), data_format="channels_last"), (4, 6, 2))
    case("gaussian_blur_even", lambda x, s: ops.image.gaussian_blur(x, (2, 4), s, data_format="channels_last"), (1, 4, 6, 1), [0.8, 1.3])
    start = np.array([[[0, 0], [4, 0], [0, 3], [4, 3]], [[0, 0], [4, 0], [0, 3], [4, 3]]], "float32")
    end = np.array([[[0.3, 0.2], [3.7, -0.4], [0.1, 2.6], [4.4, 3.2]], [[-1, 0.6], [4, 0], [1.2, 3.7], [3.1, 2.3]]], "float32")
    for name in ["nearest", "bilinear"]:
        case(f"perspective_transform_{name}", lambda x, n=name: ops.image.perspective_transform(x, start, end, n, 0.25, data_format="channels_last"), (2, 4, 5, 2))
    case("perspective_transform_one", lambda x, a, b: ops.image.perspective_transform(x, a, b, data_format="channels_last"), (5, 4, 1), start[0], end[1], gradients=False)
    case("extract_patches", lambda x: ops.image.extract_patches(x, (2, 3), data_format="channels_last"), (2, 5, 7, 3))
    case("extract_patches_apart", lambda x: ops.image.extract_patches(x, (2, 2), strides=(1, 2), dilation_rate=2, data_format="channels_last"), (5, 6, 2), gradients=False)
    case("extract_patches_same", lambda x: ops.image.extract_patches(x, (3, 2), strides=(2, 2), padding="same", data_format="channels_last"), (1, 5, 5, 2))
    case("extract_patches_3d", lambda x: ops.image.extract_patches_3d(x, (2, 1, 2), data_format="channels_last"), (1, 4, 2, 5, 2))
    case("sobel_edges", lambda x: ops.image.sobel_edges(x, data_format="channels_last"), (2, 4, 5, 3))
    case("ssim", lambda a, b: ops.image.ssim(a, b, data_format="channels_last"), (2, 12, 13, 2), (2, 12, 13, 2), low=0.0, high=1.0)
    case("ssim_one", lambda a, b: ops.image.ssim(a, b, 255.0, 5, 1.0, 0.02, 0.05, data_format="channels_last"), (6, 7, 1), (6, 7, 1), low=0.0, high=255.0)
    for name in ["bilinear", "bicubic", "lanczos3"]:
        to, by = np.array([1.7, 0.6], "float32"), np.array([-0.8, 1.3], "float32")
        case(f"scale_and_translate_{name}", lambda x, n=name, to=to, by=by: ops.image.scale_and_translate(x, (1, 7, 4, 2), to, by, (1, 2), n), (1, 5, 6, 2))
    case("scale_and_translate_sharp", lambda x: ops.image.scale_and_translate(x, (3, 6), np.array([0.4], "float32"), np.array([0.0], "float32"), (0,), "linear", False), (8, 6))


def transforms():
    for n in [1, 2, 8, 3, 7, 12]:
        case(f"fft_{n}", lambda a, b: ops.fft((a, b)), (2, n), (2, n))
        case(f"rfft_{n}", lambda x: ops.rfft(x), (2, n))
    case("fft2", lambda a, b: ops.fft2((a, b)), (2, 4, 3), (2, 4, 3))
    case("ifft2", lambda a, b: ops.ifft2((a, b)), (2, 3, 4), (2, 3, 4))
    case("rfft_shorter", lambda x: ops.rfft(x, 5), (2, 8))
    case("rfft_longer", lambda x: ops.rfft(x, 11), (2, 8))
    case("irfft", lambda a, b: ops.irfft((a, b)), (2, 5), (2, 5), gradients=False)
    case("irfft_odd", lambda a, b: ops.irfft((a, b), 7), (2, 4), (2, 4), gradients=False)
    case("irfft_longer", lambda a, b: ops.irfft((a, b), 12), (2, 4), (2, 4), gradients=False)
    case("stft", lambda x: ops.stft(x, 6, 3, 8), (2, 20))
    case("stft_plain", lambda x: ops.stft(x, 5, 2, 5, window=None, center=False), (2, 12))
    case("stft_hamming", lambda x: ops.stft(x, 4, 4, 7, window="hamming"), (11,))


def segments():
    ids = [0, 2, 0, 2, 2]
    case("segment_max", lambda x, i: ops.segment_max(x, i, 4), (5, 2), ids)
    case("segment_max_integers", lambda x, i: ops.segment_max(x, i, 4), np.arange(10).reshape(5, 2) - 4, ids)
    case("segment_max_beyond", lambda x, i: ops.segment_max(x, i, 2), (5,), [0, 3, -1, 1, 0])


def others():
    case("isclose", lambda a, b: ops.isclose(a, b), [1.0, NAN, INF, -INF, 2.0, 0.0], [1.00001, NAN, INF, INF, 2.1, 1e-9])
    case("isclose_nan", lambda a, b: ops.isclose(a, b, equal_nan=True), [1.0, NAN], [NAN, NAN])
    case("allclose", lambda a, b: ops.allclose(a, b, rtol=0.1), [1.0, 2.0], [1.05, 2.1])
    case("nan_to_num", ops.nan_to_num, SPECIAL, gradients=False)
    case("nan_to_num_given", lambda x: ops.nan_to_num(x, 7.0, 8.0, -9.0), SPECIAL, gradients=False)
    case("linspace", lambda: ops.linspace(-1.0, 2.0, 7))
    case("linspace_open", lambda: ops.linspace(0.0, 1.0, 5, endpoint=False))
    case("linspace_one", lambda: ops.linspace(3.0, 4.0, 1))
    case("logspace", lambda: ops.logspace(-1.0, 2.0, 5))
    case("logaddexp2", ops.logaddexp2, (2, 3), (2, 3))
    case("exp2", ops.exp2, (2, 3))
    case("deg2rad", ops.deg2rad, (3,), low=-400, high=400)
    case("rad2deg", ops.rad2deg, (3,))
    case("isposinf", ops.isposinf, SPECIAL)
    case("isneginf", ops.isneginf, SPECIAL)
    case("sinc", ops.sinc, (5,), low=-3, high=3)
    case("heaviside", ops.heaviside, [-1.0, 0.0, 2.0, NAN], [0.5, 0.5, 0.5, 0.5], gradients=False)
    case("diff", ops.diff, (2, 5))
    case("diff_two", lambda x: ops.diff(x, 2, 0), (4, 3))
    case("diff_integers", ops.diff, [[5, 2, 9]])
    case("diagonal", ops.diagonal, (3, 4))
    case("diagonal_below", lambda x: ops.diagonal(x, -1), (3, 4))
    case("trace", ops.trace, (3, 4))
    case("diag", ops.diag, (3,))
    case("diag_above", lambda x: ops.diag(x, 2), (2,))
    case("diag_matrix", lambda x: ops.diag(x, 1), (3, 3))
    case("identity", lambda: ops.identity(3))
    case("vstack", lambda *x: ops.vstack(x), (3,), (3,))
    case("hstack", lambda *x: ops.hstack(x), (2, 3), (2, 1))
    case("hstack_rows", lambda *x: ops.hstack(x), (3,), (2,))
    case("fliplr", ops.fliplr, (2, 3))
    case("flipud", ops.flipud, (2, 3))
    case("unstack", lambda x: ops.unstack(x, axis=1), (2, 3))
    case("append", lambda a, b: ops.append(a, b), (2, 2), (3,))
    case("append_axis", lambda a, b: ops.append(a, b, 0), (2, 2), (1, 2))
    case("meshgrid", lambda a, b: ops.meshgrid(a, b), (3,), (2,))
    case("meshgrid_ij", lambda a, b: ops.meshgrid(a, b, indexing="ij"), (3,), (2,))
    case("ptp", lambda x: ops.ptp(x, 1), (2, 5))
    case("quantile", lambda x: ops.quantile(x, 0.3, 1), (2, 6))
    case("quantile_flat", lambda x: ops.quantile(x, 1.0), (2, 3))
    case("quantile_nan", lambda x: ops.quantile(x, 0.5, 1), SOME, gradients=False)
    case("median", lambda x: ops.median(x, 0), (4, 3))
    case("median_odd", lambda x: ops.median(x, -1), (2, 5))
    for name in ["nansum", "nanmean", "nanmax", "nanmin", "nanvar", "nanstd", "nanprod"]:
        case(name, lambda x, n=name: getattr(ops, n)(x, axis=1), SOME, gradients=False)
    case("nanmax_none", lambda x: ops.nanmax(x, axis=1), SPECIAL, gradients=False)
    case("nanmean_none", lambda x: ops.nanmean(x, axis=0), [[NAN, 1.0], [NAN, 2.0]], gradients=False)
    case("argmax_kept", lambda x: ops.argmax(x, 1, keepdims=True), (2, 3, 2))
    case("argmin_kept_all", lambda x: ops.argmin(x, keepdims=True), (2, 3))
    case("isin", ops.isin, [[1, 2], [5, 0]], [5, 1])
    case("searchsorted", ops.searchsorted, [1.0, 2.0, 2.0, 5.0], [0.0, 2.0, 6.0])
    case("searchsorted_right", lambda a, b: ops.searchsorted(a, b, side="right"), [1.0, 2.0, 2.0, 5.0], [[0.0, 2.0], [5.0, 6.0]])
    case("digitize", ops.digitize, [0.2, 6.4, 3.0, 1.6, 1.0], np.array([0.0, 1.0, 2.5, 4.0, 10.0], "float32"), gradients=False)
    case("bincount", lambda x: ops.bincount(x, minlength=5), [0, 3, 1, 1, 4])
    case("bincount_weights", lambda x, w: ops.bincount(x, w, 4), [0, 3, 1, 1], (4,), gradients=False)
    case("unravel_index", lambda x: ops.unravel_index(x, (2, 3, 4)), [0, 5, 23, 13])
    case("multi_hot", lambda x: ops.multi_hot(x, 4), [[0, 2], [3, 3]])
    case("in_top_k", lambda t, p: ops.in_top_k(t, p, 2), [0, 2, 1], [[0.1, 0.9, 0.5], [0.3, 0.3, 0.3], [0.9, 0.2, 0.8]])
    case("scatter_update", ops.scatter_update, (3, 2), [[0, 1], [2, 0]], (2,))
    case("slice_update", lambda x, u: ops.slice_update(x, (1, 0), u), (3, 4), (2, 2))
    case("erfinv", ops.erfinv, [-1.0, -0.999, -0.5, 0.0, 1e-3, 0.3, 0.9, 0.99999, 1.0, 1.5], gradients=False)
    case("histogram", lambda x: ops.histogram(x, 4, (-1.0, 1.0)), [-1.0, -0.4, 0.0, 0.1, 0.6, 1.0, 1.2])
    case("trapezoid", lambda y: ops.trapezoid(y, dx=0.5), (2, 5))
    for name in ["bartlett", "blackman", "hamming", "hanning"]:
        case(name, lambda n=name: getattr(ops, n)(6))


def matrices():
    a = np.random.default_rng(1).normal(size=(2, 3, 3)).astype("float32")
    spd = a @ a.transpose(0, 2, 1) + 0.5 * np.eye(3, dtype="float32")
    case("solve", ops.solve, a, (2, 3, 2))
    case("solve_one", ops.solve, a[0], (3, 2))
    case("inv", ops.inv, a)
    case("det", ops.det, a)
    case("slogdet", ops.slogdet, a)
    case("cholesky", ops.cholesky, spd)
    case("cholesky_upper", lambda x: ops.cholesky(x, upper=True), spd)
    case("solve_triangular", lambda a, b: ops.solve_triangular(a, b, lower=True), spd, (2, 3, 2))


PARTS = [images, transforms, segments, others, matrices]
write("more.json", PARTS)
