//! Numbers at equal distances, and windows.

use crate::create::number_of;
use crate::elementwise::{floats, power};
use crate::operand::{Built, Operand};
use crate::symbolic::mistaken;
use crate::{DType, Symbolic, array, broadcast_to, expand_dims, moveaxis, where_};

/// A [`linspace`] or one of its kin before its optional argument is set.
#[derive(Clone, Debug)]
pub struct SequenceCall {
    /// Along the first axis.
    first: Symbolic,
}

impl Built<SequenceCall> {
    /// The axis of the result along which the numbers stand, where `start` or `stop` are tensors. The first unless set.
    #[must_use]
    #[track_caller]
    pub fn axis(self, axis: isize) -> Self {
        Built::new(moveaxis(&self.call.first, 0, axis), self.call)
    }
}

fn sequence(first: Symbolic) -> Built<SequenceCall> {
    Built::new(first.clone(), SequenceCall { first })
}

/// How many steps there are between so many numbers.
fn steps(num: usize, endpoint: bool) -> f64 {
    if endpoint { num.saturating_sub(1) } else { num }.max(1) as f64
}

/// Two numbers that are known.
fn known(start: &Symbolic, stop: &Symbolic) -> Option<[f64; 2]> {
    let float = |x: &Symbolic| {
        let stored = number_of(x)?.to(DType::Float32).stored();
        Some(f64::from(stored))
    };
    Some([float(start)?, float(stop)?])
}

/// A number for each step, all of it as a first axis.
fn at_steps(num: usize, of: impl Fn(usize) -> f64) -> Symbolic {
    array(&(0..num).map(|i| of(i) as f32).collect::<Vec<f32>>(), [num])
}

/// `num` numbers from `start` to `stop`, at equal distances; without `stop` itself unless `endpoint`. Of tensors they stand along a
/// new first axis. [Keras](https://keras.io/api/ops/numpy/#linspace-function).
#[track_caller]
pub fn linspace(start: impl Operand, stop: impl Operand, num: usize, endpoint: bool) -> Built<SequenceCall> {
    let (start, stop) = (floats(start), floats(stop));
    if let Some(mistake) = mistaken(&[&start, &stop]) {
        return sequence(mistake);
    }
    let steps = steps(num, endpoint);
    if let Some([start, stop]) = known(&start, &stop) {
        let last = |i: usize| endpoint && i > 0 && i + 1 == num;
        let at = |i: usize| if last(i) { stop } else { start + (stop - start) * i as f64 / steps };
        return sequence(at_steps(num, at));
    }
    let Some(shape) = start.shape().broadcast(stop.shape()) else {
        return sequence(start + stop);
    };
    let (start, stop) = (broadcast_to(start, &shape), broadcast_to(stop, &shape));
    let part = at_steps(num, |i| i as f64 / steps);
    let part = expand_dims(part, (1..=shape.rank() as isize).collect::<Vec<isize>>());
    // Both ends are what they are.
    let y = &start * (1.0 - &part) + &stop * &part;
    sequence(where_(crate::equal(&part, 1.0), stop, y))
}

/// `base` to the powers of [`linspace`]. Keras's default is a base of 10.
#[track_caller]
pub fn logspace(
    start: impl Operand,
    stop: impl Operand,
    num: usize,
    endpoint: bool,
    base: f32,
) -> Built<SequenceCall> {
    sequence(power(base, linspace(start, stop, num, endpoint)))
}

/// `num` numbers from `start` to `stop`, each the same number of times the one before; without `stop` where `endpoint` is false.
/// Both ends are above 0. [Keras](https://keras.io/api/ops/numpy/#geomspace-function).
#[track_caller]
pub fn geomspace(start: impl Operand, stop: impl Operand, num: usize, endpoint: bool) -> Built<SequenceCall> {
    let (start, stop) = (floats(start), floats(stop));
    let Some([first, last]) = known(&start, &stop) else {
        let powers = linspace(crate::log2(&start), crate::log2(&stop), num, endpoint);
        return sequence(crate::exp2(powers));
    };
    if first.is_nan() || last.is_nan() || first <= 0.0 || last <= 0.0 {
        let text = format!("`geomspace` goes between numbers above 0, found {first} and {last}");
        return sequence(Symbolic::invalid("geomspace", text));
    }
    let steps = steps(num, endpoint);
    let end = |i: usize| endpoint && i > 0 && i + 1 == num;
    let at = |i: usize| if end(i) { last } else { first * (last / first).powf(i as f64 / steps) };
    sequence(at_steps(num, at))
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
