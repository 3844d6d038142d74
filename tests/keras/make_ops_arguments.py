"""Writes keras-ops/tests/cases/arguments.json: what keras.ops gives on JAX for arguments beside tensors that most calls leave out.

    KERAS_BACKEND=jax python tests/keras/make_ops_arguments.py

The operation itself is written twice: here, and under the same name in keras-ops/tests/keras/arguments.rs. They are not run on
devices.
"""

import numpy as np

from ops_cases import INF, NAN, case, ops, write

HOLES = [[1.0, NAN, 3.0, -2.0], [NAN, NAN, 0.5, 4.0], [2.0, 1.0, -1.0, 0.25]]


def reductions():
    for name in ["nansum", "nanprod", "nanmean", "nanmax", "nanmin", "nanvar", "nanstd", "nanmedian"]:
        f = getattr(ops, name)
        case(f"{name}_kept", lambda x, f=f: f(x, axis=1, keepdims=True), HOLES, gradients=False)
    case("nansum_two", lambda x: ops.nansum(x, axis=(0, 2), keepdims=True), (2, 3, 2))
    case("nanargmax_kept", lambda x: ops.nanargmax(x, axis=0, keepdims=True), HOLES[::2], gradients=False)
    case("nanargmin_kept_all", lambda x: ops.nanargmin(x, keepdims=True), HOLES, gradients=False)
    case("ptp_kept", lambda x: ops.ptp(x, axis=-1, keepdims=True), (2, 3))
    case("ptp_two", lambda x: ops.ptp(x, axis=(0, 1)), (2, 3, 2))
    case("max_initial", lambda x: ops.max(x, axis=1, initial=0.5), (3, 4))
    case("max_initial_kept", lambda x: ops.max(x, axis=1, keepdims=True, initial=0.5), (3, 4))
    case("min_initial", lambda x: ops.min(x, initial=-9.0), (3, 4))
    case("max_initial_of_none", lambda x: ops.max(x, axis=1, initial=-3.0), np.zeros((2, 0)), gradients=False)
    case("min_initial_integers", lambda x: ops.min(x, axis=0, initial=2), [[5, 1], [3, 4]], gradients=False)
    case("average", ops.average, (2, 3))
    case("average_axis", lambda x: ops.average(x, axis=1), (2, 3))
    case("average_weights", lambda x, w: ops.average(x, axis=0, weights=w), (3, 2), [1.0, 2.0, 5.0])


def quantiles():
    for method in ["linear", "lower", "higher", "midpoint", "nearest"]:
        case(f"quantile_{method}", lambda x, m=method: ops.quantile(x, [0.1, 0.5, 0.8], axis=1, method=m), (2, 6))
        case(f"nanquantile_{method}", lambda x, m=method: ops.nanquantile(x, 0.4, axis=1, method=m), HOLES, gradients=False)
    case("quantile_nearest_half", lambda x: ops.quantile(x, 0.1, axis=0, method="nearest"), (6,))
    case("quantile_kept", lambda x: ops.quantile(x, [0.25, 0.5], axis=(0, 2), keepdims=True), (2, 3, 4))
    case("quantile_kept_all", lambda x: ops.quantile(x, 0.3, keepdims=True), (2, 3))
    case("percentile_higher", lambda x: ops.percentile(x, 30, axis=0, method="higher"), (4, 2))
    case("nanpercentile_kept", lambda x: ops.nanpercentile(x, [30, 60], axis=0, keepdims=True), HOLES, gradients=False)
    case("median_kept", lambda x: ops.median(x, axis=(1, 2), keepdims=True), (2, 3, 2))
    case("quantile_of_infinities", lambda x: ops.quantile(x, 0.5, axis=0), [1.0, INF, -INF], gradients=False)


def arrays():
    case("roll_lists", lambda x: ops.roll(x, (1, -2), axis=(0, 1)), (3, 4))
    case("roll_all_axes", lambda x: ops.roll(x, 1, axis=(0, 1)), (3, 4))
    case("roll_twice", lambda x: ops.roll(x, (1, 2), axis=(1, 1)), (3, 4))
    case("repeat_each", lambda x: ops.repeat(x, np.array([0, 2, 1]), axis=1), (2, 3))
    case("repeat_each_flat", lambda x: ops.repeat(x, np.array([1, 0, 3, 1])), (2, 2))
    case("repeat_one_of_list", lambda x: ops.repeat(x, np.array([2]), axis=0), (2, 2))
    case("trapezoid_x", lambda y, x: ops.trapezoid(y, x=x, axis=-1), (2, 4), [0.0, 0.5, 2.0, 2.25])
    case("trapezoid_x_whole", lambda y, x: ops.trapezoid(y, x=x, axis=0), (3, 2), (3, 2))
    case("trapezoid_one", lambda y: ops.trapezoid(y, axis=0), (1, 2))
    case("diagonal_axes", lambda x: ops.diagonal(x, offset=1, axis1=2, axis2=0), (3, 2, 4))
    case("trace_axes", lambda x: ops.trace(x, axis1=-1, axis2=1), (2, 3, 4))
    case("isin_invert", lambda x, y: ops.isin(x, y, assume_unique=True, invert=True), [1, 2, 3], [2, 9], gradients=False)
    case("multi_hot_three", lambda x: ops.multi_hot(x, 3), [[[0, 1], [2, 2]], [[1, 1], [0, 0]]], gradients=False)
    case("multi_hot_axis", lambda x: ops.multi_hot(x, 3, axis=0), [[0, 2], [1, 1]], gradients=False)
    case("vander_square", ops.vander, [1.0, 2.0, -3.0])
    case("full_integer", lambda: ops.full((2, 3), 3))
    case("full_like_integer", lambda x: ops.full_like(x, 2.7), [1, 2], gradients=False)
    case("linspace_tensors", lambda a, b: ops.linspace(a, b, 4), (2,), (2,))
    case("linspace_tensors_axis", lambda a, b: ops.linspace(a, b, 3, endpoint=False, axis=-1), (2, 2), (2,))
    case("logspace_tensors", lambda a, b: ops.logspace(a, b, 3, base=2.0), (2,), (2,))
    case("geomspace_tensors", lambda a, b: ops.geomspace(a, b, 3), [1.0, 2.0], [4.0, 0.5], gradients=False)
    case("histogram_range", lambda x: ops.histogram(x, 4), [0.5, 1.0, 1.25, 3.0, 2.0, 2.5], gradients=False)
    case("histogram_same", lambda x: ops.histogram(x, 2), [0.5, 0.5, 0.5], gradients=False)
    for how in ["add", "max", "min", "mul"]:
        case(
            f"scatter_update_{how}",
            lambda x, i, y, how=how: ops.scatter_update(x, i, y, reduction=how),
            (3, 2),
            [[0, 1], [2, 0], [2, 0]],
            (3,),
            # JAX has no gradient of products of one place.
            gradients=how != "mul",
        )
    case("scatter_update_rows", lambda x, i, y: ops.scatter_update(x, i, y, reduction="add"), (3, 2), [[2], [0]], (2, 2))
    case("normalize_epsilon", lambda x: ops.normalize(x, axis=0, order=3, epsilon=2.5), (3, 2))
    case("normalize_epsilon_two", lambda x: ops.normalize(x, epsilon=1.5), (3, 2))
    case("unique", lambda x: ops.unique(x, size=5), [3.0, 1.0, 3.0, 2.0], gradients=False)
    case("unique_fill", lambda x: ops.unique(x, size=4, fill_value=-7), [[3, 1], [3, 1]], gradients=False)
    case("unique_fewer", lambda x: ops.unique(x, size=2), [3, 1, 2, 1], gradients=False)
    case(
        "unique_all",
        lambda x: ops.unique(x, return_index=True, return_inverse=True, return_counts=True, size=4),
        [3, 1, 3, 2, 1],
        gradients=False,
    )
    case("nextafter", ops.nextafter, [1.0, 1.0, 0.0, -1.0, NAN, 3.0, INF], [2.0, -INF, 0.0, 0.0, 1.0, NAN, 0.0], gradients=False)
    case("view", lambda x: ops.view(x, "int32"), [1.0, -2.5, 0.0], gradients=False)
    case("view_back", lambda x: ops.view(x, "float32"), [1065353216, -1069547520], gradients=False)
    case("rearrange", lambda x: ops.rearrange(x, "b (h k) c -> b h (k c)", k=2), (2, 4, 3))
    case("rearrange_moved", lambda x: ops.rearrange(x, "b h (w q) -> (b q) w h", q=3), (2, 2, 6))
    case("map", lambda x: ops.map(lambda r: r * ops.sum(r), x), (3, 2))
    case("associative_scan", lambda x: ops.associative_scan(lambda a, b: a * b, x, axis=1), (2, 5))
    case("associative_scan_back", lambda x: ops.associative_scan(lambda a, b: a + b, x, reverse=True), (5, 2))


def matrices():
    def squares(x, full):
        u, s, vt = ops.svd(x, full_matrices=full)
        return s, ops.matmul(u, ops.swapaxes(u, -1, -2)), ops.matmul(vt, ops.swapaxes(vt, -1, -2))

    case("svd_full", lambda x: squares(x, True), (4, 2), gradients=False)
    case("svd_full_wide", lambda x: squares(x, True), (2, 2, 4), gradients=False)

    def complete(x):
        q, r = ops.qr(x, mode="complete")
        return ops.abs(q), r

    case("qr_complete", complete, (4, 2), gradients=False)
    case("qr_complete_wide", lambda x: ops.qr(x, mode="complete"), (2, 3))
    case("lu_factor", lambda x: ops.lu_factor(x), (2, 3, 3))
    case("lu_factor_wide", lambda x: ops.lu_factor(x), (2, 4))
    case("lu_factor_tall", lambda x: ops.lu_factor(x), (4, 2))


def signals():
    case("istft", lambda a, b: ops.istft((a, b), 6, 3, 8), (2, 4, 5), (2, 4, 5))
    case("istft_plain", lambda a, b: ops.istft((a, b), 5, 2, 5, center=False, window="hamming"), (3, 3), (3, 3))
    case("istft_length", lambda a, b: ops.istft((a, b), 4, 2, 7, length=6), (3, 4), (3, 4))
    case("istft_ones", lambda a, b: ops.istft((a, b), 4, 2, 4, window=None), (3, 3), (3, 3))


def images():
    first = {"data_format": "channels_first"}
    case("rgb_to_grayscale_first", lambda x: ops.image.rgb_to_grayscale(x, **first), (2, 3, 2, 2))
    case("rgb_to_hsv_first", lambda x: ops.image.rgb_to_hsv(x, **first), (3, 2, 2), low=0.1, gradients=False)
    case("hsv_to_rgb_first", lambda x: ops.image.hsv_to_rgb(x, **first), (1, 3, 2, 2), low=0.1, gradients=False)
    case("crop_images_first", lambda x: ops.image.crop_images(x, 1, 0, 1, 2, **first), (2, 3, 4, 5))
    case("pad_images_first", lambda x: ops.image.pad_images(x, 1, 0, 2, 3, **first), (2, 3, 2))
    turn = np.array([[0.9, -0.3, 1.2, 0.4, 1.1, -0.7, 0.0, 0.0]], dtype="float32")
    case("affine_transform_first", lambda x: ops.image.affine_transform(x, turn, **first), (1, 2, 4, 5))
    case("gaussian_blur_first", lambda x: ops.image.gaussian_blur(x, (3, 3), (1.0, 1.0), **first), (1, 2, 4, 5))
    case("sobel_edges_first", lambda x: ops.image.sobel_edges(x, **first), (1, 2, 4, 5))
    case("ssim_first", lambda x, y: ops.image.ssim(x, y, filter_size=3, **first), (1, 2, 5, 6), (1, 2, 5, 6), low=0.0, gradients=False)
    case("extract_patches_first", lambda x: ops.image.extract_patches(x, (2, 3), **first), (1, 2, 4, 6))
    case("extract_patches_3d_first", lambda x: ops.image.extract_patches_3d(x, (2, 1, 2), **first), (1, 2, 4, 2, 4))


write("arguments.json", [reductions, quantiles, arrays, matrices, signals, images])
