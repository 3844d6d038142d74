//! Operations that move, join and find elements: the cases of `tests/keras/make_ops_arrays.py`.

use keras_ops::{self as ops, Operand, Symbolic};

use super::replay::{Compute, replay};

/// Operations of the inputs that have one output.
macro_rules! cases {
    ($($name:literal |$x:ident| $y:expr;)*) => {
        [$(($name, (|$x: &[Symbolic]| vec![$y.symbolic()]) as Compute)),*].to_vec()
    };
}

#[test]
fn as_keras() {
    let table: Vec<(&str, Compute)> = [axes(), joins(), pieces(), numbered(), ranges(), orders()].concat();
    replay(include_str!("../cases/arrays.json"), &table);
}

fn axes() -> Vec<(&'static str, Compute)> {
    cases! {
        "transpose" |x| ops::transpose(&x[0], None);
        "transpose_axes" |x| ops::transpose(&x[0], [2, 0, -2]);
        "transpose_integers" |x| ops::transpose(&x[0], None);
        "transpose_truth" |x| ops::transpose(&x[0], None);
        "transpose_number" |x| ops::transpose(&x[0], None);
        "transpose_nothing" |x| ops::transpose(&x[0], None);
        "transpose_ones" |x| ops::transpose(&x[0], [1, 0, 2]);
        "moveaxis" |x| ops::moveaxis(&x[0], 0, -1);
        "moveaxis_two" |x| ops::moveaxis(&x[0], [0, 1], [-1, -2]);
        "swapaxes" |x| ops::swapaxes(&x[0], 0, -1);
        "swapaxes_same" |x| ops::swapaxes(&x[0], 1, 1);
        "flip" |x| ops::flip(&x[0], None);
        "flip_axis" |x| ops::flip(&x[0], -1);
        "flip_axes" |x| ops::flip(&x[0], [0, 2]);
        "flip_nothing" |x| ops::flip(&x[0], None);
        "ravel" |x| ops::ravel(&x[0]);
        "ravel_number" |x| ops::ravel(&x[0]);
        "matmul_transposed" |x| ops::matmul(ops::transpose(&x[0], None), ops::swapaxes(&x[1], 0, 1));
    }
}

fn joins() -> Vec<(&'static str, Compute)> {
    cases! {
        "concatenate" |x| ops::concatenate(x, 1);
        "concatenate_last" |x| ops::concatenate(x, -1);
        "concatenate_first" |x| ops::concatenate(x, 0);
        "concatenate_truth" |x| ops::concatenate(x, 0);
        "concatenate_one" |x| ops::concatenate(x, 0);
        "concatenate_same" |x| ops::concatenate([&x[0], &x[0]], 0);
        "stack" |x| ops::stack(x, 0);
        "stack_last" |x| ops::stack(x, -1);
        "stack_numbers" |x| ops::stack(x, 0);
        "pad" |x| ops::pad(&x[0], [(1, 0), (2, 3)]);
        "pad_all" |x| ops::pad(&x[0], 1);
        "pad_value" |x| ops::pad(&x[0], (1, 2)).constant_values(1.5);
        "pad_tensor" |x| ops::pad(&x[0], [(1, 0), (0, 2)]).constant_values(&x[1]);
        "pad_nothing" |x| ops::pad(&x[0], [(1, 0), (0, 1)]);
    }
}

fn pieces() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "slice" |x| ops::slice(&x[0], [1, 2], [2, 3]);
        "slice_clamped" |x| ops::slice(&x[0], [3, 5], [2, 3]);
        "slice_negative" |x| ops::slice(&x[0], [-2, 0], [1, 3]);
        "slice_nothing" |x| ops::slice(&x[0], [1, 0], [0, 6]);
    };
    all.push(("split", |x| ops::split(&x[0], 3, 1)));
    all.push(("split_places", |x| ops::split(&x[0], [1, 4], -1)));
    all.push(("split_integers", |x| ops::split(&x[0], 2, -1)));
    all
}

fn numbered() -> Vec<(&'static str, Compute)> {
    cases! {
        "take" |x| ops::take(&x[0], &x[1], 1);
        "take_first" |x| ops::take(&x[0], &x[1], 0);
        "take_beyond" |x| ops::take(&x[0], &x[1], -1);
        "take_flat" |x| ops::take(&x[0], &x[1], None);
        "take_integers" |x| ops::take(&x[0], &x[1], 2);
        "take_truth" |x| ops::take(&x[0], &x[1], 2);
        "take_one" |x| ops::take(&x[0], &x[1], 0);
        "take_none" |x| ops::take(&x[0], &x[1], 0);
        "take_along_axis" |x| ops::take_along_axis(&x[0], &x[1], 1);
        "take_along_axis_middle" |x| ops::take_along_axis(&x[0], &x[1], 1);
        "take_along_axis_beyond" |x| ops::take_along_axis(&x[0], &x[1], 0);
        "take_along_axis_wide" |x| ops::take_along_axis(&x[0], &x[1], 1);
        "take_along_axis_flat" |x| ops::take_along_axis(&x[0], &x[1], None);
        "scatter" |x| ops::scatter(&x[0], &x[1], [4, 2]);
        "scatter_two" |x| ops::scatter(&x[0], &x[1], [2, 3]);
        "scatter_integers" |x| ops::scatter(&x[0], &x[1], [3]);
        "segment_sum" |x| ops::segment_sum(&x[0], &x[1], 3);
        "segment_sum_beyond" |x| ops::segment_sum(&x[0], &x[1], 2);
        "one_hot" |x| ops::one_hot(&x[0], 3, -1);
        "one_hot_first" |x| ops::one_hot(&x[0], 4, 0);
    }
}

fn ranges() -> Vec<(&'static str, Compute)> {
    cases! {
        "arange" |_x| ops::arange(2, 9, 3);
        "arange_down" |_x| ops::arange(5, 0, -2);
        "arange_floats" |_x| ops::arange(0.5f32, 2.0, 0.25);
        "arange_nothing" |_x| ops::arange(3, 1, 1);
        "eye" |_x| ops::eye(3, None, 0);
        "eye_wide" |_x| ops::eye(2, 4, 1);
        "eye_below" |_x| ops::eye(3, 2, -1);
        "tril" |x| ops::tril(&x[0], 0);
        "tril_above" |x| ops::tril(&x[0], 1);
        "tril_truth" |x| ops::tril(&x[0], 0);
        "triu" |x| ops::triu(&x[0], 0);
        "triu_below" |x| ops::triu(&x[0], -1);
        "repeat" |x| ops::repeat(&x[0], 3, 1);
        "repeat_flat" |x| ops::repeat(&x[0], 2, None);
        "repeat_none" |x| ops::repeat(&x[0], 0, 0);
        "tile" |x| ops::tile(&x[0], [2, 3]);
        "tile_last" |x| ops::tile(&x[0], [2]);
        "tile_more" |x| ops::tile(&x[0], [2, 1, 2]);
        "roll" |x| ops::roll(&x[0], 2, 1);
        "roll_back" |x| ops::roll(&x[0], -7, 0);
        "roll_flat" |x| ops::roll(&x[0], 1, None);
    }
}

fn orders() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "argmax" |x| ops::argmax(&x[0], 1);
        "argmax_flat" |x| ops::argmax(&x[0], None);
        "argmax_ties" |x| ops::argmax(&x[0], -1);
        "argmax_integers" |x| ops::argmax(&x[0], 0);
        "argmax_truth" |x| ops::argmax(&x[0], 1);
        "argmin" |x| ops::argmin(&x[0], 1);
        "argmin_flat" |x| ops::argmin(&x[0], None);
        "argmin_ties" |x| ops::argmin(&x[0], -1);
        "argmin_integers" |x| ops::argmin(&x[0], 0);
        "cumsum" |x| ops::cumsum(&x[0], 1);
        "cumsum_flat" |x| ops::cumsum(&x[0], None);
        "cumsum_truth" |x| ops::cumsum(&x[0], -1);
        "cumsum_nothing" |x| ops::cumsum(&x[0], 0);
        "cumprod" |x| ops::cumprod(&x[0], 1);
        "cumprod_zeros" |x| ops::cumprod(&x[0], -1);
        "cumprod_flat" |x| ops::cumprod(&x[0], None);
        "cumprod_integers" |x| ops::cumprod(&x[0], 2);
        "sort" |x| ops::sort(&x[0], -1);
        "sort_first" |x| ops::sort(&x[0], 0);
        "sort_ties" |x| ops::sort(&x[0], -1);
        "sort_integers" |x| ops::sort(&x[0], 1);
        "argsort" |x| ops::argsort(&x[0], -1);
        "argsort_ties" |x| ops::argsort(&x[0], -1);
        "argsort_middle" |x| ops::argsort(&x[0], 1);
    };
    all.push(("top_k", |x| pair(ops::top_k(&x[0], 2))));
    all.push(("top_k_ties", |x| pair(ops::top_k(&x[0], 3))));
    all.push(("top_k_integers", |x| pair(ops::top_k(&x[0], 4))));
    all
}

fn pair((values, numbers): (Symbolic, Symbolic)) -> Vec<Symbolic> {
    vec![values, numbers]
}

#[test]
fn mistakes() {
    let x = ops::input([2, 3], ops::DType::Float32);
    let text = |y: Symbolic| y.check().err().map(|mistake| mistake.problem.to_string()).unwrap_or_default();
    let wrong = [
        (text(ops::transpose(&x, [0])), "`axes` names 1 of the 2 axes of (2, 3): it must name each once"),
        (text(ops::transpose(&x, [0, 0])), "axis 0 is named twice"),
        (
            text(ops::moveaxis(&x, 0, [0, 1])),
            "`source` names 1 axes and `destination` 2: each axis needs one place",
        ),
        (
            text(ops::concatenate([&x, &ops::input([3, 3], ops::DType::Float32)], 1)),
            "tensor 1 has the shape (3, 3), the first (2, 3): they may differ in the length of axis 1 alone",
        ),
        (text(ops::concatenate(&[] as &[Symbolic], 0)), "there is no tensor to take: give at least one"),
        (
            text(ops::split(&x, 2, 1).remove(1)),
            "a length of 3 cannot be cut into 2 equal parts: give a number that divides it, or the places of the cuts",
        ),
        (text(ops::slice(&x, [0, 0], [1, 4])), "4 elements along axis 1 of (2, 3): there are 3"),
        (
            text(ops::pad(&x, [(1, 1)]).build()),
            "`pad_width` has 1 pairs for the 2 axes of (2, 3): give one for each axis, or one pair without a list",
        ),
    ];
    for (found, expected) in wrong {
        assert_eq!(found, expected);
    }
}
