//! Functions of each element that are a few others.

use super::{
    absolute, cast_to, equal, isfinite, isnan, less, less_equal, log, logaddexp, logical_and, logical_or,
    maximum, power, where_,
};
use crate::operand::Operand;
use crate::reduce::all;
use crate::{DType, Symbolic};

/// As floats.
#[track_caller]
pub(crate) fn floats(x: impl Operand) -> Symbolic {
    cast_to(&x.symbolic(), DType::Float32)
}

/// Whether `|x1 - x2| <= atol + rtol * |x2|`; infinities are close to themselves. Keras's defaults are an `rtol` of 1e-5, an
/// `atol` of 1e-8 and NaN close to nothing.
#[track_caller]
pub fn isclose(x1: impl Operand, x2: impl Operand, rtol: f32, atol: f32, equal_nan: bool) -> Symbolic {
    let (a, b) = (floats(x1), floats(x2));
    let near = less_equal(absolute(&a - &b), atol + rtol * absolute(&b));
    let finite = logical_and(isfinite(&a), isfinite(&b));
    let close = where_(finite, near, equal(&a, &b));
    if equal_nan { logical_or(close, logical_and(isnan(&a), isnan(&b))) } else { close }
}

/// Whether all elements are as close as in [`isclose`].
#[track_caller]
pub fn allclose(x1: impl Operand, x2: impl Operand, rtol: f32, atol: f32, equal_nan: bool) -> Symbolic {
    all(isclose(x1, x2, rtol, atol, equal_nan), None).build()
}

/// `x` with `nan` in the place of NaN and these numbers in that of infinities; the largest and smallest floats for `None`.
#[track_caller]
pub fn nan_to_num(
    x: impl Operand,
    nan: f32,
    posinf: impl Into<Option<f32>>,
    neginf: impl Into<Option<f32>>,
) -> Symbolic {
    let x = x.symbolic();
    if x.dtype() != DType::Float32 {
        return x;
    }
    let (high, low) = (posinf.into().unwrap_or(f32::MAX), neginf.into().unwrap_or(f32::MIN));
    let finite = where_(isnan(&x), nan, &x);
    let finite = where_(equal(&finite, f32::INFINITY), high, finite);
    where_(equal(&finite, f32::NEG_INFINITY), low, finite)
}

/// `log2(2^x1 + 2^x2)`, which does not overflow on the way.
#[track_caller]
pub fn logaddexp2(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let ln2 = core::f32::consts::LN_2;
    logaddexp(floats(x1) * ln2, floats(x2) * ln2) / ln2
}

macro_rules! simple {
    ($($(#[$doc:meta])* $name:ident |$x:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand) -> Symbolic {
            let $x = floats(x);
            $y
        }
    )* };
}

simple! {
    /// `2^x`.
    exp2 |x| power(2.0, x);
    /// Degrees as radians.
    deg2rad |x| x * (core::f32::consts::PI / 180.0);
    /// Radians as degrees.
    rad2deg |x| x * (180.0 / core::f32::consts::PI);
    /// Whether each element is infinity.
    isposinf |x| equal(x, f32::INFINITY);
    /// Whether each element is negative infinity.
    isneginf |x| equal(x, f32::NEG_INFINITY);
    /// `sin(pi x) / (pi x)`; 1 of 0.
    sinc |x| {
        let zero = equal(&x, 0.0);
        let y = core::f32::consts::PI * where_(&zero, 1.0, x);
        where_(zero, 1.0, crate::sin(&y) / y)
    };
}

/// 0 below 0, 1 above, `x2` of 0.
#[track_caller]
pub fn heaviside(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (x, at) = (floats(x1), floats(x2));
    let y = where_(less(&x, 0.0), 0.0, where_(equal(&x, 0.0), at, 1.0));
    where_(isnan(&x), x, y)
}

/// The inverse of the error function, from -1 to 1.
#[track_caller]
pub fn erfinv(x: impl Operand) -> Symbolic {
    let x = floats(x);
    // Giles (2010): polynomials of w = -log((1 - x) (1 + x)).
    let w = -log((1.0 - &x) * (1.0 + &x));
    let polynomial =
        |w: &Symbolic, of: &[f32]| of[1..].iter().fold(crate::full((), of[0]), |p, c| p * w + *c);
    let near = polynomial(
        &(&w - 2.5),
        &[
            2.810_226_4e-8,
            3.432_739_4e-7,
            -3.523_387_7e-6,
            -4.391_506_5e-6,
            0.000_218_580_87,
            -0.001_253_725,
            -0.004_177_681_6,
            0.246_640_73,
            1.501_409_4,
        ],
    );
    let far = polynomial(
        &(crate::sqrt(maximum(&w, 5.0)) - 3.0),
        &[
            -0.000_200_214_26,
            0.000_100_950_56,
            0.001_349_343_2,
            -0.003_673_428_4,
            0.005_739_507_7,
            -0.007_622_461_3,
            0.009_438_870_5,
            1.001_674,
            2.832_976_8,
        ],
    );
    let y = where_(less(&w, 5.0), near, far) * &x;
    // Numbers: what is multiplied by infinity has a slope that is none, everywhere.
    where_(equal(&x, 1.0), f32::INFINITY, where_(equal(&x, -1.0), f32::NEG_INFINITY, y))
}

/// The elements as another type, those beyond its range at its ends.
#[track_caller]
pub fn saturate_cast(x: impl Operand, dtype: DType) -> Symbolic {
    // Casts of floats to integers stop at the ends.
    crate::cast(x, dtype)
}

/// Keras's other name of [`silu`](crate::silu).
#[track_caller]
pub fn swish(x: impl Operand) -> Symbolic {
    crate::silu(x)
}

/// Keras's other name of [`hard_silu`](crate::hard_silu).
#[track_caller]
pub fn hard_swish(x: impl Operand) -> Symbolic {
    crate::hard_silu(x)
}
