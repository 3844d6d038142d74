//! Numbers at equal distances, and windows.

use crate::elementwise::power;
use crate::{Symbolic, array};

/// `num` numbers from `start` to `stop`, at equal distances; without `stop` itself unless `endpoint`.
#[track_caller]
pub fn linspace(start: f32, stop: f32, num: usize, endpoint: bool) -> Symbolic {
    let (start, stop) = (f64::from(start), f64::from(stop));
    let steps = if endpoint { num.saturating_sub(1) } else { num }.max(1) as f64;
    let numbers: Vec<f32> =
        (0..num)
            .map(|i| {
                if endpoint && i > 0 && i + 1 == num {
                    stop
                } else {
                    start + (stop - start) * i as f64 / steps
                }
            })
            .map(|x| x as f32)
            .collect();
    array(&numbers, [num])
}

/// `base` to the powers of [`linspace`]. Keras's default is a base of 10.
#[track_caller]
pub fn logspace(start: f32, stop: f32, num: usize, endpoint: bool, base: f32) -> Symbolic {
    power(base, linspace(start, stop, num, endpoint))
}

macro_rules! windows {
    ($($(#[$doc:meta])* $name:ident |$at:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(n: usize) -> Symbolic {
            let of = |$at: f64| $y;
            let last = n.saturating_sub(1).max(1) as f64;
            let numbers: Vec<f32> =
                (0..n).map(|i| if n == 1 { 1.0 } else { of(i as f64 / last) as f32 }).collect();
            array(&numbers, [n])
        }
    )* };
}

windows! {
    /// Bartlett's window: a triangle of `n` numbers.
    bartlett |t| 1.0 - (2.0 * t - 1.0).abs();
    /// Blackman's window of `n` numbers.
    blackman |t| {
        let turn = core::f64::consts::TAU * t;
        0.42 - 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos()
    };
    /// Hamming's window of `n` numbers.
    hamming |t| 0.54 - 0.46 * (core::f64::consts::TAU * t).cos();
    /// Von Hann's window of `n` numbers.
    hanning |t| 0.5 - 0.5 * (core::f64::consts::TAU * t).cos();
}

/// Kaiser's window of `n` numbers; a larger `beta` makes it narrower. [Keras](https://keras.io/api/ops/numpy/#kaiser-function).
#[track_caller]
pub fn kaiser(n: usize, beta: f64) -> Symbolic {
    // Bessel's function I0 by its series: all terms are positive.
    let i0 = |x: f64| {
        let quarter = x * x / 4.0;
        let terms = (1..).scan(1.0, |term, k| {
            *term *= quarter / f64::from(k * k);
            Some(*term)
        });
        1.0 + terms.take(500).take_while(|term| *term > 0.0).sum::<f64>()
    };
    let last = n.saturating_sub(1).max(1) as f64;
    let of = |i: usize| {
        let from_middle = 2.0 * i as f64 / last - 1.0;
        (i0(beta * (1.0 - from_middle * from_middle).max(0.0).sqrt()) / i0(beta)) as f32
    };
    let numbers: Vec<f32> = (0..n).map(|i| if n == 1 { 1.0 } else { of(i) }).collect();
    array(&numbers, [n])
}
