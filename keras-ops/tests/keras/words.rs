//! Functions of `keras.ops` that are a few others, beside what Keras gives.

use keras_ops::{self as ops, Operand, Symbolic};

use super::replay::{Compute, replay};

macro_rules! cases {
    ($($name:literal |$x:ident| $y:expr;)*) => {
        [$(($name, (|$x: &[Symbolic]| vec![$y.symbolic()]) as Compute)),*].to_vec()
    };
}

#[test]
fn as_keras() {
    replay(include_str!("../cases/words.json"), &words());
}

fn words() -> Vec<(&'static str, Compute)> {
    let mut all = cases! {
        "fabs" |x| ops::fabs(&x[0]);
        "fmax" |x| ops::fmax(&x[0], &x[1]);
        "fmin" |x| ops::fmin(&x[0], &x[1]);
        "fmod" |x| ops::fmod(&x[0], &x[1]);
        "ldexp" |x| ops::ldexp(&x[0], &x[1]);
        "isreal" |x| ops::isreal(&x[0]);
        "signbit" |x| ops::signbit(&x[0]);
        "dstack" |x| ops::dstack(x);
        "dstack_rows" |x| ops::dstack(x);
        "rot90" |x| ops::rot90(&x[0], 1, (0, 1));
        "rot90_twice" |x| ops::rot90(&x[0], 2, (1, 2));
        "rot90_back" |x| ops::rot90(&x[0], -1, (0, 2));
        "tri" |_x| ops::tri(3, 4, 1);
        "tri_below" |_x| ops::tri(3, None, -1);
        "diagflat" |x| ops::diagflat(&x[0], 1);
        "vander" |x| ops::vander(&x[0], 3, false);
        "vander_up" |x| ops::vander(&x[0], 4, true);
        "corrcoef" |x| ops::corrcoef(&x[0]);
        "nancumsum" |x| ops::nancumsum(&x[0], 1);
        "nancumprod" |x| ops::nancumprod(&x[0], 1);
        "percentile" |x| ops::percentile(&x[0], 30.0, 1);
        "geomspace" |_x| ops::geomspace(1.0, 1000.0, 4, true);
        "geomspace_open" |_x| ops::geomspace(2.0, 0.5, 3, false);
        "select" |x| ops::select([ops::greater(&x[0], 0.5), ops::greater(&x[1], 0.0)], [&x[0], &x[1]], -1.0);
        "cbrt" |x| ops::cbrt(&x[0]);
        "cdist" |x| ops::cdist(&x[0], &x[1]);
        "imag" |x| ops::imag(&x[0]);
        "conjugate" |x| ops::conjugate(&x[0]);
        "diagonal_first_axes" |x| ops::diagonal(&x[0], 1);
        "trace_first_axes" |x| ops::trace(&x[0], 0);
        "nanargmax" |x| ops::nanargmax(&x[0], 1);
        "nanargmax_of_all" |x| ops::nanargmax(&x[0], None);
        "nanargmin" |x| ops::nanargmin(&x[0], 1);
        "nanargmin_columns" |x| ops::nanargmin(&x[0], 0);
        "nanmedian" |x| ops::nanmedian(&x[0], 1);
        "nanmedian_of_all" |x| ops::nanmedian(&x[0], None);
        "nanquantile" |x| ops::nanquantile(&x[0], 0.3, -1);
        "nanquantile_list" |x| ops::nanquantile(&x[0], [0.0, 0.25, 1.0], 0);
        "nanpercentile" |x| ops::nanpercentile(&x[0], 60.0, None);
        "quantile_list" |x| ops::quantile(&x[0], [0.25, 0.75], 1);
        "percentile_list" |x| ops::percentile(&x[0], [25.0, 75.0], None);
        "extract_sequences" |x| ops::extract_sequences(&x[0], 3, 2);
        "relu_integers" |x| ops::relu(&x[0]);
        "hard_tanh_integers" |x| ops::hard_tanh(&x[0]);
        "floor_divide_infinite" |x| ops::floor_divide(&x[0], &x[1]);
        "absolute_of_truth" |x| ops::absolute(ops::greater(&x[0], 0.0));
        "nanvar_slopes" |x| ops::nanvar(&x[0], 1);
        "erfinv_slopes" |x| ops::erfinv(&x[0]);
        "arctan2_far" |x| ops::arctan2(&x[0], &x[1]);
        "logaddexp_infinite" |x| ops::logaddexp(&x[0], &x[1]);
    };
    all.extend([
        ("hsplit", (|x: &[Symbolic]| ops::hsplit(&x[0], 2)) as Compute),
        ("vsplit", (|x: &[Symbolic]| ops::vsplit(&x[0], [1])) as Compute),
        ("dsplit", (|x: &[Symbolic]| ops::dsplit(&x[0], 3)) as Compute),
        ("array_split", (|x: &[Symbolic]| ops::array_split(&x[0], 3, -1)) as Compute),
    ]);
    all
}
