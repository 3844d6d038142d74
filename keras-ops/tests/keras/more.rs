//! Images, Fourier transforms, matrices that are solved for, and operations that are a few others: the cases of
//! `tests/keras/make_ops_more.py`.

use keras_ops::image::{self, FillMode, Interpolation};
use keras_ops::{self as ops, DType, Operand, Padding, Plan, Symbolic, Window};
use proptest::prelude::*;

use super::replay::{Compute, replay};

/// Operations of the inputs that have one output.
macro_rules! cases {
    ($($name:literal |$x:ident| $y:expr;)*) => {
        [$(($name, (|$x: &[Symbolic]| vec![$y.symbolic()]) as Compute)),*].to_vec()
    };
}

#[test]
fn as_keras() {
    let table: Vec<(&str, Compute)> =
        [images(), warped(), transforms(), segments(), others(), matrices()].concat();
    replay(include_str!("../cases/more.json"), &table);
}

fn pair((a, b): (Symbolic, Symbolic)) -> Vec<Symbolic> {
    vec![a, b]
}

fn places() -> Symbolic {
    let at = [0.0f32, 1.3, -0.6, 3.2, 1.5, 0.9, 2.0, 0.4, 1.1, -1.7, 3.9, 5.2];
    ops::array(&at, [2, 2, 3])
}

fn turn() -> Symbolic {
    let by = [0.9f32, -0.3, 1.2, 0.4, 1.1, -0.7, 0.0, 0.0, 1.0, 0.0, 0.5, 0.0, 1.0, 0.0, 0.0, 0.0];
    ops::array(&by, [2, 8])
}

fn images() -> Vec<(&'static str, Compute)> {
    cases! {
        "resize_nearest_0" |x| image::resize(&x[0], [7, 9], Interpolation::Nearest);
        "resize_nearest_1" |x| image::resize(&x[0], [3, 4], Interpolation::Nearest);
        "resize_nearest_2" |x| image::resize(&x[0], [3, 1], Interpolation::Nearest);
        "resize_bilinear_0" |x| image::resize(&x[0], [7, 9], Interpolation::Bilinear);
        "resize_bilinear_1" |x| image::resize(&x[0], [3, 4], Interpolation::Bilinear);
        "resize_bilinear_2" |x| image::resize(&x[0], [3, 1], Interpolation::Bilinear);
        "resize_bicubic_0" |x| image::resize(&x[0], [7, 9], Interpolation::Bicubic);
        "resize_bicubic_1" |x| image::resize(&x[0], [3, 4], Interpolation::Bicubic);
        "resize_bicubic_2" |x| image::resize(&x[0], [3, 1], Interpolation::Bicubic);
        "resize_lanczos3_0" |x| image::resize(&x[0], [7, 9], Interpolation::Lanczos3);
        "resize_lanczos3_1" |x| image::resize(&x[0], [3, 4], Interpolation::Lanczos3);
        "resize_lanczos3_2" |x| image::resize(&x[0], [3, 1], Interpolation::Lanczos3);
        "resize_lanczos5_0" |x| image::resize(&x[0], [7, 9], Interpolation::Lanczos5);
        "resize_lanczos5_1" |x| image::resize(&x[0], [3, 4], Interpolation::Lanczos5);
        "resize_lanczos5_2" |x| image::resize(&x[0], [3, 1], Interpolation::Lanczos5);
        "resize_antialias_bilinear" |x| image::resize(&x[0], [3, 4], Interpolation::Bilinear).antialias(true);
        "resize_antialias_bicubic" |x| image::resize(&x[0], [3, 4], Interpolation::Bicubic).antialias(true);
        "resize_antialias_lanczos3" |x| image::resize(&x[0], [3, 4], Interpolation::Lanczos3).antialias(true);
        "resize_first" |x| image::resize(&x[0], [4, 6], Interpolation::Bilinear).channels_first(true);
        "rgb_to_grayscale" |x| image::rgb_to_grayscale(&x[0]);
        "crop_images" |x| image::crop_images(&x[0], 1, 0, 1, 2);
        "pad_images" |x| image::pad_images(&x[0], 1, 0, 2, 3);
        "map_coordinates_constant_0" |x| image::map_coordinates(&x[0], &x[1], 0, FillMode::Constant(0.5));
        "map_coordinates_constant_1" |x| image::map_coordinates(&x[0], &x[1], 1, FillMode::Constant(0.5));
        "map_coordinates_nearest_0" |x| image::map_coordinates(&x[0], &x[1], 0, FillMode::Nearest);
        "map_coordinates_nearest_1" |x| image::map_coordinates(&x[0], &x[1], 1, FillMode::Nearest);
        "map_coordinates_wrap_0" |x| image::map_coordinates(&x[0], &x[1], 0, FillMode::Wrap);
        "map_coordinates_wrap_1" |x| image::map_coordinates(&x[0], &x[1], 1, FillMode::Wrap);
        "map_coordinates_mirror_0" |x| image::map_coordinates(&x[0], &x[1], 0, FillMode::Mirror);
        "map_coordinates_mirror_1" |x| image::map_coordinates(&x[0], &x[1], 1, FillMode::Mirror);
        "map_coordinates_reflect_0" |x| image::map_coordinates(&x[0], &x[1], 0, FillMode::Reflect);
        "map_coordinates_reflect_1" |x| image::map_coordinates(&x[0], &x[1], 1, FillMode::Reflect);
        "map_coordinates_gradient" |x| image::map_coordinates(&x[0], places(), 1, FillMode::Nearest);
        "affine_transform_constant_nearest" |x| image::affine_transform(&x[0], turn(), 0, FillMode::Constant(0.25));
        "affine_transform_constant_bilinear" |x| image::affine_transform(&x[0], turn(), 1, FillMode::Constant(0.25));
        "affine_transform_reflect_nearest" |x| image::affine_transform(&x[0], turn(), 0, FillMode::Reflect);
        "affine_transform_reflect_bilinear" |x| image::affine_transform(&x[0], turn(), 1, FillMode::Reflect);
    }
}

fn corners() -> Symbolic {
    ops::array(&[0.0f32, 0.0, 4.0, 0.0, 0.0, 3.0, 4.0, 3.0].repeat(2), [2, 4, 2])
}

fn moved() -> Symbolic {
    let to = [0.3f32, 0.2, 3.7, -0.4, 0.1, 2.6, 4.4, 3.2, -1.0, 0.6, 4.0, 0.0, 1.2, 3.7, 3.1, 2.3];
    ops::array(&to, [2, 4, 2])
}

fn shifted(x: &Symbolic, by: Interpolation) -> Symbolic {
    image::scale_and_translate(x, [1, 7, 4, 2], [&[1.7, 0.6], &[-0.8, 1.3]], &[1, 2], by, true)
}

fn warped() -> Vec<(&'static str, Compute)> {
    cases! {
        "resize_crop" |x| image::resize(&x[0], [4, 6], Interpolation::Bilinear).crop_to_aspect_ratio(true);
        "resize_crop_wide" |x| image::resize(&x[0], [5, 4], Interpolation::Bilinear).crop_to_aspect_ratio(true);
        "resize_pad" |x| image::resize(&x[0], [4, 6], Interpolation::Bilinear).pad_to_aspect_ratio(0.5);
        "resize_pad_wide" |x| image::resize(&x[0], [5, 4], Interpolation::Bilinear).pad_to_aspect_ratio(0.5);
        "rgb_to_grayscale_gray" |x| image::rgb_to_grayscale(&x[0]);
        "rgb_to_hsv" |x| image::rgb_to_hsv(&x[0]);
        "rgb_to_hsv_any" |x| image::rgb_to_hsv(&x[0]);
        "rgb_to_hsv_grays" |x| image::rgb_to_hsv(&x[0]);
        "hsv_to_rgb" |x| image::hsv_to_rgb(&x[0]);
        "hsv_to_rgb_any" |x| image::hsv_to_rgb(&x[0]);
        "gaussian_blur" |x| image::gaussian_blur(&x[0], [3, 3], ops::array(&[1.0f32, 1.0], 2));
        "gaussian_blur_wide" |x| image::gaussian_blur(&x[0], [5, 3], ops::array(&[0.7f32, 2.0], 2));
        "gaussian_blur_even" |x| image::gaussian_blur(&x[0], [2, 4], &x[1]);
        "perspective_transform_nearest" |x| image::perspective_transform(&x[0], corners(), moved(), 0, 0.25);
        "perspective_transform_bilinear" |x| image::perspective_transform(&x[0], corners(), moved(), 1, 0.25);
        "perspective_transform_one" |x| image::perspective_transform(&x[0], &x[1], &x[2], 1, 0.0);
        "extract_patches" |x| image::extract_patches(&x[0], [2, 3]);
        "extract_patches_apart" |x| image::extract_patches(&x[0], [2, 2]).strides([1, 2]).dilation_rate(2);
        "extract_patches_same" |x| image::extract_patches(&x[0], [3, 2]).strides([2, 2]).padding(Padding::Same);
        "extract_patches_3d" |x| image::extract_patches_3d(&x[0], [2, 1, 2]);
        "sobel_edges" |x| image::sobel_edges(&x[0]);
        "ssim" |x| image::ssim(&x[0], &x[1], 1.0, 11, 1.5, [0.01, 0.03]);
        "ssim_one" |x| image::ssim(&x[0], &x[1], 255.0, 5, 1.0, [0.02, 0.05]);
        "scale_and_translate_bilinear" |x| shifted(&x[0], Interpolation::Bilinear);
        "scale_and_translate_bicubic" |x| shifted(&x[0], Interpolation::Bicubic);
        "scale_and_translate_lanczos3" |x| shifted(&x[0], Interpolation::Lanczos3);
        "scale_and_translate_sharp" |x| image::scale_and_translate(&x[0], [3, 6], [&[0.4], &[0.0]], &[0], Interpolation::Bilinear, false);
    }
}

fn transforms() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "irfft" |x| ops::irfft((&x[0], &x[1]), None);
        "irfft_odd" |x| ops::irfft((&x[0], &x[1]), 7);
        "irfft_longer" |x| ops::irfft((&x[0], &x[1]), 12);
    };
    all.push(("fft_1", |x| pair(ops::fft((&x[0], &x[1])))));
    all.push(("rfft_1", |x| pair(ops::rfft(&x[0], None))));
    all.push(("fft_2", |x| pair(ops::fft((&x[0], &x[1])))));
    all.push(("rfft_2", |x| pair(ops::rfft(&x[0], None))));
    all.push(("fft_8", |x| pair(ops::fft((&x[0], &x[1])))));
    all.push(("rfft_8", |x| pair(ops::rfft(&x[0], None))));
    all.push(("fft_3", |x| pair(ops::fft((&x[0], &x[1])))));
    all.push(("rfft_3", |x| pair(ops::rfft(&x[0], None))));
    all.push(("fft_7", |x| pair(ops::fft((&x[0], &x[1])))));
    all.push(("rfft_7", |x| pair(ops::rfft(&x[0], None))));
    all.push(("fft_12", |x| pair(ops::fft((&x[0], &x[1])))));
    all.push(("rfft_12", |x| pair(ops::rfft(&x[0], None))));
    all.push(("fft2", |x| pair(ops::fft2((&x[0], &x[1])))));
    all.push(("ifft2", |x| pair(ops::ifft2((&x[0], &x[1])))));
    all.push(("rfft_shorter", |x| pair(ops::rfft(&x[0], 5))));
    all.push(("rfft_longer", |x| pair(ops::rfft(&x[0], 11))));
    all.push(("stft", |x| pair(ops::stft(&x[0], 6, 3, 8, Window::Hann, true))));
    all.push(("stft_plain", |x| pair(ops::stft(&x[0], 5, 2, 5, Window::Ones, false))));
    all.push(("stft_hamming", |x| pair(ops::stft(&x[0], 4, 4, 7, Window::Hamming, true))));
    all
}

fn segments() -> Vec<(&'static str, Compute)> {
    cases! {
        "segment_max" |x| ops::segment_max(&x[0], &x[1], 4);
        "segment_max_integers" |x| ops::segment_max(&x[0], &x[1], 4);
        "segment_max_beyond" |x| ops::segment_max(&x[0], &x[1], 2);
    }
}

fn others() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "isclose" |x| ops::isclose(&x[0], &x[1], 1e-5, 1e-8, false);
        "isclose_nan" |x| ops::isclose(&x[0], &x[1], 1e-5, 1e-8, true);
        "allclose" |x| ops::allclose(&x[0], &x[1], 0.1, 1e-8, false);
        "nan_to_num" |x| ops::nan_to_num(&x[0], 0.0, None, None);
        "nan_to_num_given" |x| ops::nan_to_num(&x[0], 7.0, 8.0, -9.0);
        "linspace" |_x| ops::linspace(-1.0, 2.0, 7, true);
        "linspace_open" |_x| ops::linspace(0.0, 1.0, 5, false);
        "linspace_one" |_x| ops::linspace(3.0, 4.0, 1, true);
        "logspace" |_x| ops::logspace(-1.0, 2.0, 5, true, 10.0);
        "logaddexp2" |x| ops::logaddexp2(&x[0], &x[1]);
        "exp2" |x| ops::exp2(&x[0]);
        "deg2rad" |x| ops::deg2rad(&x[0]);
        "rad2deg" |x| ops::rad2deg(&x[0]);
        "isposinf" |x| ops::isposinf(&x[0]);
        "isneginf" |x| ops::isneginf(&x[0]);
        "sinc" |x| ops::sinc(&x[0]);
        "fliplr" |x| ops::fliplr(&x[0]);
        "flipud" |x| ops::flipud(&x[0]);
        "heaviside" |x| ops::heaviside(&x[0], &x[1]);
        "diff" |x| ops::diff(&x[0], 1, -1);
        "diff_two" |x| ops::diff(&x[0], 2, 0);
        "diff_integers" |x| ops::diff(&x[0], 1, -1);
        "diagonal" |x| ops::diagonal(&x[0], 0);
        "diagonal_below" |x| ops::diagonal(&x[0], -1);
        "trace" |x| ops::trace(&x[0], 0);
        "diag" |x| ops::diag(&x[0], 0);
        "diag_above" |x| ops::diag(&x[0], 2);
        "diag_matrix" |x| ops::diag(&x[0], 1);
        "identity" |_x| ops::identity(3);
        "vstack" |x| ops::vstack(x);
        "hstack" |x| ops::hstack(x);
        "hstack_rows" |x| ops::hstack(x);
        "append" |x| ops::append(&x[0], &x[1], None);
        "append_axis" |x| ops::append(&x[0], &x[1], 0);
        "ptp" |x| ops::ptp(&x[0], 1);
        "quantile" |x| ops::quantile(&x[0], 0.3, 1);
        "quantile_flat" |x| ops::quantile(&x[0], 1.0, None);
        "quantile_nan" |x| ops::quantile(&x[0], 0.5, 1);
        "median" |x| ops::median(&x[0], 0);
        "median_odd" |x| ops::median(&x[0], -1);
        "nansum" |x| ops::nansum(&x[0], 1);
        "nanmean" |x| ops::nanmean(&x[0], 1);
        "nanmax" |x| ops::nanmax(&x[0], 1);
        "nanmin" |x| ops::nanmin(&x[0], 1);
        "nanvar" |x| ops::nanvar(&x[0], 1);
        "nanstd" |x| ops::nanstd(&x[0], 1);
        "nanprod" |x| ops::nanprod(&x[0], 1);
        "nanmax_none" |x| ops::nanmax(&x[0], 1);
        "nanmean_none" |x| ops::nanmean(&x[0], 0);
        "argmax_kept" |x| ops::argmax(&x[0], 1).keepdims(true);
        "argmin_kept_all" |x| ops::argmin(&x[0], None).keepdims(true);
        "isin" |x| ops::isin(&x[0], &x[1]);
        "searchsorted" |x| ops::searchsorted(&x[0], &x[1], false);
        "searchsorted_right" |x| ops::searchsorted(&x[0], &x[1], true);
        "digitize" |x| ops::digitize(&x[0], &x[1]);
        "bincount" |x| ops::bincount(&x[0], None, 5);
        "bincount_weights" |x| ops::bincount(&x[0], Some(&x[1]), 4);
        "multi_hot" |x| ops::multi_hot(&x[0], 4);
        "in_top_k" |x| ops::in_top_k(&x[0], &x[1], 2);
        "scatter_update" |x| ops::scatter_update(&x[0], &x[1], &x[2]);
        "slice_update" |x| ops::slice_update(&x[0], [1, 0], &x[1]);
        "erfinv" |x| ops::erfinv(&x[0]);
        "trapezoid" |x| ops::trapezoid(&x[0], 0.5, -1);
        "bartlett" |_x| ops::bartlett(6);
        "blackman" |_x| ops::blackman(6);
        "hamming" |_x| ops::hamming(6);
        "hanning" |_x| ops::hanning(6);
    };
    all.push(("unstack", |x| ops::unstack(&x[0], 1)));
    all.push(("meshgrid", |x| ops::meshgrid(&[&x[0], &x[1]], false)));
    all.push(("meshgrid_ij", |x| ops::meshgrid(&[&x[0], &x[1]], true)));
    all.push(("unravel_index", |x| ops::unravel_index(&x[0], [2, 3, 4])));
    all.push(("histogram", |x| pair(ops::histogram(&x[0], 4, (-1.0, 1.0)))));
    all
}

fn matrices() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "solve" |x| ops::solve(&x[0], &x[1]);
        "solve_one" |x| ops::solve(&x[0], &x[1]);
        "inv" |x| ops::inv(&x[0]);
        "det" |x| ops::det(&x[0]);
        "cholesky" |x| ops::cholesky(&x[0], false);
        "cholesky_upper" |x| ops::cholesky(&x[0], true);
        "solve_triangular" |x| ops::solve_triangular(&x[0], &x[1], true);
    };
    all.push(("slogdet", |x| pair(ops::slogdet(&x[0]))));
    all
}

fn run(x: &[(&Symbolic, &[f32])], outputs: &[&Symbolic]) -> Vec<Vec<f32>> {
    let inputs: Vec<&Symbolic> = x.iter().map(|(x, _)| *x).collect();
    let data: Vec<&[f32]> = x.iter().map(|(_, x)| *x).collect();
    let mut plan = Plan::new(&inputs, outputs).unwrap();
    plan.run(&data).unwrap();
    (0..outputs.len()).map(|i| plan.output(i).to_vec()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Against the sum in f64 that the transform is, and back again.
    #[test]
    fn transforms_of_every_length(n in 1usize..70, seed in 0u32..1000) {
        let data: Vec<f32> = (0..2 * n as u32).map(|i| ((i * 7919 + seed * 31) % 1009) as f32 / 504.0 - 1.0).collect();
        let (re, im) = (ops::input([n], DType::Float32), ops::input([n], DType::Float32));
        let (a, b) = ops::fft((&re, &im));
        let (half, other) = ops::rfft(&re, None);
        let back = ops::irfft((half, other), n);
        let found = run(&[(&re, &data[..n]), (&im, &data[n..])], &[&a, &b, &back]);
        for j in 0..n {
            let sum = (0..n).fold((0.0, 0.0), |sum, k| {
                let (sin, cos) = (-core::f64::consts::TAU * ((j * k) % n) as f64 / n as f64).sin_cos();
                let (x, y) = (f64::from(data[k]), f64::from(data[n + k]));
                (sum.0 + x * cos - y * sin, sum.1 + x * sin + y * cos)
            });
            prop_assert!((f64::from(found[0][j]) - sum.0).abs() < 1e-5, "{} {}", found[0][j], sum.0);
            prop_assert!((f64::from(found[1][j]) - sum.1).abs() < 1e-5, "{} {}", found[1][j], sum.1);
            prop_assert!((found[2][j] - data[j]).abs() < 1e-6);
        }
    }

    /// What is solved for is put in again.
    #[test]
    fn solutions_solve(n in 0usize..8, m in 1usize..4, seed in 0u32..1000) {
        let number = |i: u32| ((i * 7919 + seed * 31) % 1009) as f32 / 504.0 - 1.0;
        let b: Vec<f32> = (0..(n * m) as u32).map(|i| number(i + 500)).collect();
        // Far from having no inverse.
        let a: Vec<f32> =
            (0..n * n).map(|i| number(i as u32) + if i % (n + 1) == 0 { n as f32 + 1.0 } else { 0.0 }).collect();
        let (x, y) = (ops::input([n, n], DType::Float32), ops::input([n, m], DType::Float32));
        let again = ops::matmul(&x, ops::solve(&x, &y));
        let l = ops::cholesky(ops::matmul(&x, ops::transpose(&x, None)), false);
        let square = ops::matmul(&l, ops::transpose(&l, None)) - ops::matmul(&x, ops::transpose(&x, None));
        let found = run(&[(&x, &a), (&y, &b)], &[&again, &square]);
        for (found, b) in found[0].iter().zip(&b) {
            prop_assert!((found - b).abs() < 1e-5);
        }
        let size = (n as f32 + 2.0).powi(2) * n as f32;
        prop_assert!(found[1].iter().all(|x| x.abs() < 1e-6 * size), "{:?}", found[1]);
    }
}

/// As Keras 3.15 on JAX: nothing stands above the diagonal of what is no triangle either.
#[test]
fn where_there_is_no_triangle_the_lower_half_is_nan() {
    let x = ops::input([2, 2], DType::Float32);
    let found = run(&[(&x, &[1.0, 2.0, 2.0, 1.0])], &[&ops::cholesky(&x, false)]).remove(0);
    assert_eq!(found.iter().map(|x| x.is_nan()).collect::<Vec<_>>(), [true, false, true, true]);
    assert_eq!(found[1], 0.0);
}

#[test]
fn no_numbers_have_a_determinant() {
    let x = ops::input([2, 0, 0], DType::Float32);
    let found = run(&[(&x, &[])], &[&ops::det(&x), &ops::logdet(&x), &ops::inv(&x)]);
    assert_eq!(found, [vec![1.0, 1.0], vec![0.0, 0.0], vec![]]);
}

#[test]
fn segments_by_hand() {
    let x = ops::input([5], DType::Float32);
    let ids = ops::array(&[0, 1, 0, 1, -1], [5]);
    let (least, product) = (ops::segment_min(&x, &ids, 3), ops::segment_prod(&x, &ids, 3));
    let w = ops::array(&[2.0f32, 3.0, 5.0], [3]);
    let gradients = [&least, &product].map(|y| ops::gradients(y * &w, &[&x]).remove(0));
    let data = [1.0, 4.0, -2.0, 0.5, 9.0];
    let found = run(&[(&x, &data)], &[&least, &product, &gradients[0], &gradients[1]]);
    assert_eq!(found[0], [-2.0, 0.5, f32::INFINITY]);
    assert_eq!(found[1], [-2.0, 2.0, 1.0]);
    assert_eq!(found[2], [0.0, 0.0, 2.0, 3.0, 0.0]);
    assert_eq!(found[3], [-4.0, 1.5, 2.0, 12.0, 0.0]);
    // A zero: only it has a gradient; two zeros: none has.
    let data = [0.0, 0.0, -2.0, 0.0, 9.0];
    let found = run(&[(&x, &data)], &[&gradients[1]]);
    assert_eq!(found[0], [-4.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn what_cannot_be_is_refused() {
    let text = |y: Symbolic| y.check().err().map(|mistake| mistake.to_string()).unwrap_or_default();
    let x = ops::input([2, 3], DType::Float32);
    let wrong = [
        (ops::solve(&x, &x), "the last two axes of (2, 3) must be equal: square matrices"),
        (ops::inv(ops::input((), DType::Float32)), "the last two axes of () must be equal"),
        (ops::det(&x), "the last two axes of (2, 3) must be equal"),
        (
            ops::stft(&x, 4, 1, 8, Window::Hann, false).0,
            "3 elements along the last axis are too few for pieces of 8",
        ),
        (
            ops::irfft((ops::input([1], DType::Float32), ops::input([1], DType::Float32)), None),
            "too few elements",
        ),
        (ops::rfft(&x, 0).0, "fft_length is at least 1"),
        (ops::rfft(ops::input([2, 0], DType::Float32), None).1, "fft_length is at least 1"),
        (ops::fft((&x, ops::input([3], DType::Float32))).1, "must be of one shape"),
        (image::resize(&x, [1, 1], Interpolation::Nearest).build(), "images needs 3 axes, or 4 with a batch"),
        (
            image::map_coordinates(&x, ops::input([3, 1], DType::Float32), 1, FillMode::Wrap),
            "must have a first axis of 2",
        ),
        (
            ops::segment_max(&x, ops::array(&[0], [1]), 1),
            "segment_ids (1,) must have one number for each element",
        ),
        (ops::quantile(&x, 1.5, 0).build(), "q is 1.5 of 2 elements"),
        (ops::slice_update(&x, [1, 1], &x), "do not lie in inputs (2, 3)"),
    ];
    let images = ops::input([2, 4, 5, 2], DType::Float32);
    let points = ops::input([1, 4, 2], DType::Float32);
    let both = image::resize(&images, [2, 2], Interpolation::Bilinear)
        .crop_to_aspect_ratio(true)
        .pad_to_aspect_ratio(0.0);
    let of_images = [
        (both.build(), "cropped to the ratio or padded to it, not both"),
        (image::rgb_to_hsv(&images).build(), "has 2, and must have 3: red, green and blue"),
        (image::hsv_to_rgb(&x).build(), "images needs 3 axes, or 4 with a batch"),
        (
            image::affine_transform(&images, ops::input([8], DType::Float32), 1, FillMode::Wrap).build(),
            "transform (8,) must be (2, 8): one for each image",
        ),
        (
            image::perspective_transform(&images, &points, &points, 1, 0.0).build(),
            "start_points (1, 4, 2) must be (2, 4, 2): four places for each image",
        ),
        (
            image::gaussian_blur(&images, [3, 3], ops::input([3], DType::Float32)).build(),
            "sigma (3,) must be (2,)",
        ),
        (
            image::extract_patches(&images, [5, 1]).build(),
            "no patch over 5 elements fits axis 1 of (2, 4, 5, 2)",
        ),
        (image::extract_patches_3d(&x, [1, 1, 1]).build(), "4 axes, or 5 with a batch"),
        (
            image::scale_and_translate(&x, [2, 4], [&[0.0], &[0.0]], &[1], Interpolation::Bilinear, true),
            "above 0",
        ),
        (
            image::scale_and_translate(&x, [3, 4], [&[1.0], &[0.0]], &[1], Interpolation::Bilinear, true),
            "output_shape (3, 4) must be (2, 3) but for the axes [1]",
        ),
        (
            image::ssim(&images, &images, 1.0, 11, 1.5, [0.01, 0.03]).build(),
            "filter_size is 11; it must be from 1 to",
        ),
        (image::sobel_edges(&x).build(), "images needs 3 axes, or 4 with a batch"),
    ];
    let wrong = wrong.into_iter().chain(of_images);
    for (found, expected) in wrong {
        let found = text(found);
        assert!(found.contains(expected), "{expected}: {found}");
    }
}
