//! Functions of bits, special functions, paddings and types of results: the cases of `tests/keras/make_ops_bits.py`.

use keras_ops::{self as ops, CorrelateMode, Operand, PadMode, Symbolic};

use super::replay::{Compute, replay};

macro_rules! cases {
    ($($name:literal |$x:ident| $y:expr;)*) => {
        [$(($name, (|$x: &[Symbolic]| vec![$y.symbolic()]) as Compute)),*].to_vec()
    };
}

#[test]
fn as_keras() {
    let mut all = [bits(), curves(), rows(), others()].concat();
    all.push(("slogdet_singular", |x| {
        let (sign, log) = ops::slogdet(&x[0]);
        vec![sign, log]
    }));
    all.extend(decompositions());
    replay(include_str!("../cases/bits.json"), &all);
}

/// Singular values, what has no sign of their vectors, and the first product.
fn rebuilt(x: &[Symbolic]) -> Vec<Symbolic> {
    let (u, s, vt) = ops::svd(&x[0], false);
    let first = |x: &Symbolic, axis: isize| ops::take(x, ops::array(&[0], [1]), axis);
    let product = ops::matmul(first(&u, -1), first(&vt, -2));
    vec![s, &u * &u, &vt * &vt, product]
}

fn both(x: &[Symbolic]) -> Vec<Symbolic> {
    let (q, r) = ops::qr(&x[0], ops::QrMode::Reduced);
    vec![q, r]
}

fn decompositions() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "svd_values" |x| ops::svd(&x[0], false).1;
        "norm_2" |x| ops::norm(&x[0], 2, [0, 2]);
        "norm_-2" |x| ops::norm(&x[0], -2, [0, 2]);
        "norm_nuc" |x| ops::norm(&x[0], ops::Order::Nuclear, [0, 2]);
        "pinv" |x| ops::pinv(&x[0], None);
        "pinv_wide" |x| ops::pinv(&x[0], None);
        "pinv_flat" |x| ops::pinv(&x[0], None);
        "matrix_rank" |x| ops::matrix_rank(&x[0], None);
        "matrix_rank_above" |x| ops::matrix_rank(&x[0], 2.0);
        "lstsq" |x| ops::lstsq(&x[0], &x[1], None);
        "lstsq_several" |x| ops::lstsq(&x[0], &x[1], None);
        "lstsq_flat" |x| ops::lstsq(&x[0], &x[1], None);
    };
    let vectors: Compute = |x| {
        let (w, v) = ops::eigh(&x[0] + ops::swapaxes(&x[0], -1, -2));
        vec![w, &v * &v]
    };
    let more: [(&'static str, Compute); 6] = [
        ("svd", rebuilt),
        ("svd_wide", rebuilt),
        ("eigh", vectors),
        ("qr", both),
        ("qr_square", both),
        ("qr_wide", both),
    ];
    all.extend(more);
    all
}

fn bits() -> Vec<(&'static str, Compute)> {
    cases! {
        "bitwise_and" |x| ops::bitwise_and(&x[0], &x[1]);
        "bitwise_or" |x| ops::bitwise_or(&x[0], &x[1]);
        "bitwise_xor" |x| ops::bitwise_xor(&x[0], &x[1]);
        "gcd" |x| ops::gcd(&x[0], &x[1]);
        "lcm" |x| ops::lcm(&x[0], &x[1]);
        "left_shift" |x| ops::left_shift(&x[0], &x[1]);
        "right_shift" |x| ops::right_shift(&x[0], &x[1]);
        "bitwise_not" |x| ops::bitwise_not(&x[0]);
        "bitwise_and_rows" |x| ops::bitwise_and(&x[0], &x[1]);
        "bitwise_and_truth" |x| ops::bitwise_and(ops::greater(&x[0], 0.0), ops::greater(&x[1], 0.0));
        "bitwise_or_truth" |x| ops::bitwise_or(ops::greater(&x[0], 0.0), &x[1]);
        "bitwise_not_truth" |x| ops::bitwise_not(ops::greater(&x[0], 0.0));
    }
}

fn curves() -> Vec<(&'static str, Compute)> {
    cases! {
        "erfc" |x| ops::erfc(&x[0]);
        "erfc_slopes" |x| ops::erfc(&x[0]);
        "i0" |x| ops::i0(&x[0]);
        "i0_slopes" |x| ops::i0(&x[0]);
        "angle" |x| ops::angle(&x[0]);
        "kaiser" |_x| ops::kaiser(5, 4.0);
        "kaiser_wide" |_x| ops::kaiser(6, 14.0);
        "kaiser_one" |_x| ops::kaiser(1, 2.0);
    }
}

fn rows() -> Vec<(&'static str, Compute)> {
    cases! {
        "correlate_valid" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Valid);
        "correlate_valid_short" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Valid);
        "correlate_same" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Same);
        "correlate_same_short" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Same);
        "correlate_full" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Full);
        "correlate_full_short" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Full);
        "correlate_integers" |x| ops::correlate(&x[0], &x[1], CorrelateMode::Valid);
        "pad_edge" |x| ops::pad(&x[0], [(1, 0), (2, 2)]).mode(PadMode::Edge);
        "pad_reflect" |x| ops::pad(&x[0], [(1, 0), (2, 2)]).mode(PadMode::Reflect);
        "pad_symmetric" |x| ops::pad(&x[0], [(1, 0), (2, 2)]).mode(PadMode::Symmetric);
        "pad_wrap" |x| ops::pad(&x[0], [(1, 0), (2, 2)]).mode(PadMode::Wrap);
        "pad_reflect_far" |x| ops::pad(&x[0], (5, 4)).mode(PadMode::Reflect);
        "argsort_number" |x| ops::argsort(&x[0], -1);
    }
}

fn others() -> Vec<(&'static str, Compute)> {
    cases! {
        "det_singular" |x| ops::det(&x[0]);
        "cholesky_inverse" |x| ops::cholesky_inverse(&x[0], false);
        "cholesky_inverse_upper" |x| ops::cholesky_inverse(&x[0], true);
        "trunc_integers" |x| ops::trunc(&x[0]);
        "round_tens" |x| ops::round(&x[0], -1);
        "in_top_k_steps" |x| ops::in_top_k(&x[0], &x[1], 1);
        "map_coordinates_0" |x| ops::image::map_coordinates(&x[0], &x[1], 0, ops::image::FillMode::Constant(0.0));
        "map_coordinates_1" |x| ops::image::map_coordinates(&x[0], &x[1], 1, ops::image::FillMode::Constant(0.0));
    }
}

/// Where the numbers of `1 - erf(x)` end, by the asymptotic series of the function.
#[test]
fn erfc_has_its_digits_where_it_is_small() {
    let x = ops::array(&[6.0f32, 9.0], [2]);
    let mut plan = ops::Plan::new(&[], &[&ops::erfc(x)]).expect("a plan");
    plan.run(&[]).expect("numbers");
    for (found, wanted) in plan.output(0).iter().zip([2.151_973_7e-17f32, 4.137_031_7e-37]) {
        assert!((found / wanted - 1.0).abs() < 2e-5, "{found:e}");
    }
}

#[test]
fn what_has_no_bits_or_no_such_element_is_refused() {
    let (x, n) = (ops::input([3], ops::DType::Float32), ops::input([3], ops::DType::Int32));
    let text = |y: Symbolic| y.check().expect_err("a mistake").to_string();
    assert!(text(ops::bitwise_and(&x, &n)).contains("int32"));
    assert!(text(ops::gcd(&n, 1.5)).contains("int32"));
    assert!(text(ops::argpartition(&x, 3, -1)).contains("no element 3 of 3"));
    assert!(ops::argpartition(&x, -1, None).check().is_ok());
    assert!(
        text(ops::correlate(&x, ops::input([2, 2], ops::DType::Float32), CorrelateMode::Full)).contains("x2")
    );
    assert!(
        text(ops::pad(ops::input([0], ops::DType::Float32), 1).mode(PadMode::Reflect).build())
            .contains("axis 0")
    );
}
