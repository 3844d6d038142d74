//! Functions of probability and of waves, which are sums of powers.

use super::{absolute, arctan2, equal, erf, exp, floats, greater, less, minimum, sqrt, square, where_};
use crate::Symbolic;
use crate::operand::Operand;

/// `c[0] + c[1] x + c[2] x² + ...`
fn powers(x: &Symbolic, c: &[f32]) -> Symbolic {
    let (last, rest) = c.split_last().unwrap_or((&0.0, &[]));
    let last = crate::full(x.shape(), *last);
    rest.iter().rev().fold(last, |sum, c| sum * x + *c)
}

/// `1 - erf(x)`, with all digits where `x` is large. [Keras](https://keras.io/api/ops/core/#erfc-function).
#[track_caller]
pub fn erfc(x: impl Operand) -> Symbolic {
    let x = floats(x);
    if x.is_mistake() {
        return x;
    }
    // Press et al., Numerical Recipes, 6.2: within 1.2e-7 of the result. From 11 on it is 0 in 32 bits.
    let z = minimum(absolute(&x), 11.0);
    let t = 2.0 / (2.0 + &z);
    let sum = powers(
        &t,
        &[
            -1.265_512_2,
            1.000_023_7,
            0.374_091_96,
            0.096_784_18,
            -0.186_288_06,
            0.278_868_08,
            -1.135_204,
            1.488_515_9,
            -0.822_152_2,
            0.170_872_77,
        ],
    );
    let tail = &t * exp(sum - square(&z));
    let far = where_(less(&x, 0.0), 2.0 - &tail, tail);
    where_(greater(absolute(&x), 0.5), far, 1.0 - erf(&x))
}

/// The modified Bessel function of the first kind and order 0. [Keras](https://keras.io/api/ops/numpy/#i0-function).
#[track_caller]
pub fn i0(x: impl Operand) -> Symbolic {
    let x = floats(x);
    if x.is_mistake() {
        return x;
    }
    // Abramowitz and Stegun, 9.8.1 and 9.8.2: within 2e-7 of the result.
    let z = absolute(&x);
    let small = less(&z, 3.75);
    let near = powers(
        &square(minimum(&z, 3.75) / 3.75),
        &[1.0, 3.515_622_9, 3.089_942_4, 1.206_749_2, 0.265_973_2, 0.036_076_8, 0.004_581_3],
    );
    let large = where_(&small, 3.75, &z);
    let sum = powers(
        &(3.75 / &large),
        &[
            0.398_942_3,
            0.013_285_92,
            0.002_253_19,
            -0.001_575_65,
            0.009_162_81,
            -0.020_577_06,
            0.026_355_37,
            -0.016_476_33,
            0.003_923_77,
        ],
    );
    where_(small, near, exp(&large) / sqrt(&large) * sum)
}

/// The angles of numbers in the complex plane, which is π of those below 0. [Keras](https://keras.io/api/ops/numpy/#angle-function).
#[track_caller]
pub fn angle(x: impl Operand) -> Symbolic {
    let x = floats(x);
    let zero = where_(equal(&x, &x), 0.0, &x);
    arctan2(zero, x)
}
