//! Arguments that most calls leave out: the cases of `tests/keras/make_ops_arguments.py`.

use keras_ops::image::{self, FillMode};
use keras_ops::{self as ops, DType, Operand, QrMode, QuantileMethod, ScatterReduction, Symbolic, Window};

use super::replay::{Compute, replay};

macro_rules! cases {
    ($($name:literal |$x:ident| $y:expr;)*) => {
        [$(($name, (|$x: &[Symbolic]| vec![$y.symbolic()]) as Compute)),*].to_vec()
    };
}

#[test]
fn as_keras() {
    let all = [reductions(), quantiles(), arrays(), sequences(), places(), matrices(), signals(), images()]
        .concat();
    replay(include_str!("../cases/arguments.json"), &all);
}

fn reductions() -> Vec<(&'static str, Compute)> {
    cases! {
        "nansum_kept" |x| ops::nansum(&x[0], 1).keepdims(true);
        "nanprod_kept" |x| ops::nanprod(&x[0], 1).keepdims(true);
        "nanmean_kept" |x| ops::nanmean(&x[0], 1).keepdims(true);
        "nanmax_kept" |x| ops::nanmax(&x[0], 1).keepdims(true);
        "nanmin_kept" |x| ops::nanmin(&x[0], 1).keepdims(true);
        "nanvar_kept" |x| ops::nanvar(&x[0], 1).keepdims(true);
        "nanstd_kept" |x| ops::nanstd(&x[0], 1).keepdims(true);
        "nanmedian_kept" |x| ops::nanmedian(&x[0], 1).keepdims(true);
        "nansum_two" |x| ops::nansum(&x[0], [0, 2]).keepdims(true);
        "nanargmax_kept" |x| ops::nanargmax(&x[0], 0).keepdims(true);
        "nanargmin_kept_all" |x| ops::nanargmin(&x[0], None).keepdims(true);
        "ptp_kept" |x| ops::ptp(&x[0], -1).keepdims(true);
        "ptp_two" |x| ops::ptp(&x[0], [0, 1]);
        "max_initial" |x| ops::max(&x[0], 1).initial(0.5);
        "max_initial_kept" |x| ops::max(&x[0], 1).keepdims(true).initial(0.5);
        "min_initial" |x| ops::min(&x[0], None).initial(-9.0);
        "max_initial_of_none" |x| ops::max(&x[0], 1).initial(-3.0);
        "min_initial_integers" |x| ops::min(&x[0], 0).initial(2);
        "average" |x| ops::average(&x[0], None);
        "average_axis" |x| ops::average(&x[0], 1);
        "average_weights" |x| ops::average(&x[0], 0).weights(&x[1]);
    }
}

fn at(x: &Symbolic, method: QuantileMethod) -> Symbolic {
    ops::quantile(x, [0.1, 0.5, 0.8], 1).method(method).build()
}

fn at_numbers(x: &Symbolic, method: QuantileMethod) -> Symbolic {
    ops::nanquantile(x, 0.4, 1).method(method).build()
}

fn quantiles() -> Vec<(&'static str, Compute)> {
    cases! {
        "quantile_linear" |x| at(&x[0], QuantileMethod::Linear);
        "quantile_lower" |x| at(&x[0], QuantileMethod::Lower);
        "quantile_higher" |x| at(&x[0], QuantileMethod::Higher);
        "quantile_midpoint" |x| at(&x[0], QuantileMethod::Midpoint);
        "quantile_nearest" |x| at(&x[0], QuantileMethod::Nearest);
        "nanquantile_linear" |x| at_numbers(&x[0], QuantileMethod::Linear);
        "nanquantile_lower" |x| at_numbers(&x[0], QuantileMethod::Lower);
        "nanquantile_higher" |x| at_numbers(&x[0], QuantileMethod::Higher);
        "nanquantile_midpoint" |x| at_numbers(&x[0], QuantileMethod::Midpoint);
        "nanquantile_nearest" |x| at_numbers(&x[0], QuantileMethod::Nearest);
        "quantile_nearest_half" |x| ops::quantile(&x[0], 0.1, 0).method(QuantileMethod::Nearest);
        "quantile_kept" |x| ops::quantile(&x[0], [0.25, 0.5], [0, 2]).keepdims(true);
        "quantile_kept_all" |x| ops::quantile(&x[0], 0.3, None).keepdims(true);
        "percentile_higher" |x| ops::percentile(&x[0], 30.0, 0).method(QuantileMethod::Higher);
        "nanpercentile_kept" |x| ops::nanpercentile(&x[0], [30.0, 60.0], 0).keepdims(true);
        "median_kept" |x| ops::median(&x[0], [1, 2]).keepdims(true);
        "quantile_of_infinities" |x| ops::quantile(&x[0], 0.5, 0);
    }
}

fn arrays() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "roll_lists" |x| ops::roll(&x[0], [1, -2], [0, 1]);
        "roll_all_axes" |x| ops::roll(&x[0], 1, [0, 1]);
        "roll_twice" |x| ops::roll(&x[0], [1, 2], [1, 1]);
        "repeat_each" |x| ops::repeat(&x[0], [0, 2, 1], 1);
        "repeat_each_flat" |x| ops::repeat(&x[0], [1, 0, 3, 1], None);
        "repeat_one_of_list" |x| ops::repeat(&x[0], [2], 0);
        "trapezoid_x" |x| ops::trapezoid(&x[0], 1.0, -1).x(&x[1]);
        "trapezoid_x_whole" |x| ops::trapezoid(&x[0], 1.0, 0).x(&x[1]);
        "trapezoid_one" |x| ops::trapezoid(&x[0], 1.0, 0);
        "diagonal_axes" |x| ops::diagonal(&x[0], 1).axis1(2).axis2(0);
        "trace_axes" |x| ops::trace(&x[0], 0).axis1(-1).axis2(1);
        "isin_invert" |x| ops::isin(&x[0], &x[1]).invert(true);
        "multi_hot_three" |x| ops::multi_hot(&x[0], 3);
        "multi_hot_axis" |x| ops::multi_hot(&x[0], 3).axis(0);
        "normalize_epsilon" |x| ops::normalize(&x[0], 0, 3).epsilon(2.5);
        "normalize_epsilon_two" |x| ops::normalize(&x[0], -1, 2).epsilon(1.5);
        "nextafter" |x| ops::nextafter(&x[0], &x[1]);
        "view" |x| ops::view(&x[0], DType::Int32);
        "view_back" |x| ops::view(&x[0], DType::Float32);
        "rearrange" |x| ops::rearrange(&x[0], "b (h k) c -> b h (k c)", &[("k", 2)]);
        "rearrange_moved" |x| ops::rearrange(&x[0], "b h (w q) -> (b q) w h", &[("q", 3)]);
    };
    all.push(("map", |x| ops::map(|r| vec![&r[0] * ops::sum(&r[0], None)], &[&x[0]])));
    all.push(("associative_scan", |x| ops::associative_scan(|a, b| vec![&a[0] * &b[0]], &[&x[0]], false, 1)));
    all.push(("associative_scan_back", |x| {
        ops::associative_scan(|a, b| vec![&a[0] + &b[0]], &[&x[0]], true, 0)
    }));
    all
}

fn sequences() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "vander_square" |x| ops::vander(&x[0], None, false);
        "full_integer" |_x| ops::full([2, 3], 3);
        "full_like_integer" |x| ops::full_like(&x[0], 2.7);
        "linspace_tensors" |x| ops::linspace(&x[0], &x[1], 4, true);
        "linspace_tensors_axis" |x| ops::linspace(&x[0], &x[1], 3, false).axis(-1);
        "logspace_tensors" |x| ops::logspace(&x[0], &x[1], 3, true, 2.0);
        "geomspace_tensors" |x| ops::geomspace(&x[0], &x[1], 3, true);
    };
    all.push(("histogram_range", |x| pair(ops::histogram(&x[0], 4, None))));
    all.push(("histogram_same", |x| pair(ops::histogram(&x[0], 2, None))));
    all
}

fn pair((a, b): (Symbolic, Symbolic)) -> Vec<Symbolic> {
    vec![a, b]
}

fn scattered(x: &[Symbolic], how: ScatterReduction) -> Symbolic {
    ops::scatter_update(&x[0], &x[1], &x[2]).reduction(how).build()
}

fn places() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "scatter_update_add" |x| scattered(x, ScatterReduction::Add);
        "scatter_update_max" |x| scattered(x, ScatterReduction::Max);
        "scatter_update_min" |x| scattered(x, ScatterReduction::Min);
        "scatter_update_mul" |x| scattered(x, ScatterReduction::Mul);
        "scatter_update_rows" |x| scattered(x, ScatterReduction::Add);
        "unique" |x| ops::unique(&x[0], 5);
        "unique_fill" |x| ops::unique(&x[0], 4).fill_value(-7);
        "unique_fewer" |x| ops::unique(&x[0], 2);
    };
    all.push(("unique_all", |x| {
        let found = ops::unique(&x[0], 4);
        let (index, inverse, counts) = (found.index(), found.inverse(), found.counts());
        vec![found.build(), index, inverse, counts]
    }));
    all
}

/// Singular values, and the products of vectors, which have no signs.
fn squares(x: &[Symbolic]) -> Vec<Symbolic> {
    let (u, s, vt) = ops::svd(&x[0], true);
    let square = |x: &Symbolic| ops::matmul(x, ops::swapaxes(x, -1, -2));
    vec![s, square(&u), square(&vt)]
}

fn matrices() -> Vec<(&'static str, Compute)> {
    let factors: Compute = |x| pair(ops::lu_factor(&x[0]));
    vec![
        ("svd_full", squares),
        ("svd_full_wide", squares),
        ("qr_complete", |x| {
            let (q, r) = ops::qr(&x[0], QrMode::Complete);
            vec![ops::absolute(q), r]
        }),
        ("qr_complete_wide", |x| pair(ops::qr(&x[0], QrMode::Complete))),
        ("lu_factor", factors),
        ("lu_factor_wide", factors),
        ("lu_factor_tall", factors),
    ]
}

fn signals() -> Vec<(&'static str, Compute)> {
    cases! {
        "istft" |x| ops::istft((&x[0], &x[1]), [6, 3, 8], None, Window::Hann, true);
        "istft_plain" |x| ops::istft((&x[0], &x[1]), [5, 2, 5], None, Window::Hamming, false);
        "istft_length" |x| ops::istft((&x[0], &x[1]), [4, 2, 7], 6, Window::Hann, true);
        "istft_ones" |x| ops::istft((&x[0], &x[1]), [4, 2, 4], None, Window::Ones, true);
    }
}

fn turn() -> Symbolic {
    ops::array(&[0.9f32, -0.3, 1.2, 0.4, 1.1, -0.7, 0.0, 0.0], [1, 8])
}

fn images() -> Vec<(&'static str, Compute)> {
    cases! {
        "rgb_to_grayscale_first" |x| image::rgb_to_grayscale(&x[0]).channels_first(true);
        "rgb_to_hsv_first" |x| image::rgb_to_hsv(&x[0]).channels_first(true);
        "hsv_to_rgb_first" |x| image::hsv_to_rgb(&x[0]).channels_first(true);
        "crop_images_first" |x| image::crop_images(&x[0], 1, 0, 1, 2).channels_first(true);
        "pad_images_first" |x| image::pad_images(&x[0], 1, 0, 2, 3).channels_first(true);
        "affine_transform_first" |x| {
            image::affine_transform(&x[0], turn(), 1, FillMode::Constant(0.0)).channels_first(true)
        };
        "gaussian_blur_first" |x| {
            image::gaussian_blur(&x[0], [3, 3], ops::array(&[1.0f32, 1.0], 2)).channels_first(true)
        };
        "sobel_edges_first" |x| image::sobel_edges(&x[0]).channels_first(true);
        "ssim_first" |x| image::ssim(&x[0], &x[1], 1.0, 3, 1.5, [0.01, 0.03]).channels_first(true);
        "extract_patches_first" |x| image::extract_patches(&x[0], [2, 3]).channels_first(true);
        "extract_patches_3d_first" |x| image::extract_patches_3d(&x[0], [2, 1, 2]).channels_first(true);
    }
}
