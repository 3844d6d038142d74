//! Optimiser steps in place, with Keras's formulas.
//!
//! Keras computes the powers of the betas in `f32` and adds epsilon before the bias correction; both matter to the
//! last digits.
//!
//! Errors are stated with `u = 2⁻²⁴` (half an ulp of 1), for every number of f32 and on every instruction set; what is below
//! 2⁻¹²⁶ may be 0, and means and gradients are 0 where they are too small to move a weight. `tests/bounds` tests
//! them against f64. A square or a difference beyond the range of f32 is infinite, as in Keras.

use crate::late::Late;
use crate::simd::{Isa, Kernel, path};
use crate::threads::{self, Rows, Split, parts};

/// The gradient of some weights.
#[derive(Clone, Copy, Debug)]
pub enum Gradient<'a> {
    /// Its numbers.
    Whole(&'a [f32]),
    /// What they are computed of when they are wanted.
    Late(Late<'a>),
}

impl<'a> From<&'a [f32]> for Gradient<'a> {
    fn from(numbers: &'a [f32]) -> Self {
        Gradient::Whole(numbers)
    }
}

impl<'a> From<Late<'a>> for Gradient<'a> {
    fn from(late: Late<'a>) -> Self {
        Gradient::Late(late)
    }
}

impl<'a> From<&'a Vec<f32>> for Gradient<'a> {
    fn from(numbers: &'a Vec<f32>) -> Self {
        Gradient::Whole(numbers)
    }
}

impl Gradient<'_> {
    /// Memory as long as the weights, in the pieces in which the gradient comes.
    fn rows<'b>(&self, memory: &'b mut [f32]) -> Rows<'b> {
        match self {
            Gradient::Late(late) => Rows::new(memory, late.row()),
            Gradient::Whole(_) => Rows::new(memory, 1),
        }
    }

    fn check(&self, weights: usize) {
        let n = match self {
            Gradient::Late(late) => late.len(),
            Gradient::Whole(numbers) => numbers.len(),
        };
        assert!(n == weights, "lengths differ");
    }

    /// Calls `f` with gradients and their share of `memory`, in several threads if there are many. A weight costs as
    /// much as `cost` multiply-adds.
    fn each<J: Split>(self, cost: usize, memory: J, f: &(impl Fn(&[f32], J) + Sync)) {
        match self {
            Gradient::Whole(g) => {
                threads::each(g.len(), parts(cost * g.len(), g.len()), memory, &|these, memory| {
                    f(&g[these], memory);
                });
            }
            Gradient::Late(late) => late.each(memory, f),
        }
    }
}

/// What a step costs that moves 28 bytes for each weight, in multiply-adds; one that moves fewer costs half.
const COST: usize = 50;

/// Below which size the numbers of a step count as 0. A weight whose gradient is 0 would otherwise leave its means among
/// the numbers below 2^-126 for ever, where the processor takes a hundred times as long; XLA and TensorFlow flush those to
/// 0 everywhere.
///
/// The divisor of a step is no smaller than what epsilon makes of it, so that numbers which are 1e-11 times as large move
/// a weight by 1e-11 times the learning rate.
#[derive(Clone, Copy)]
struct Limits {
    gradient: f32,
    mean: f32,
    square: f32,
}

impl Limits {
    /// Where the divisor is at least `divisor`.
    fn new(divisor: f32) -> Self {
        let gradient = (divisor * 1e-11).min(1e-18);
        let normal = |x: f32| x.max(f32::MIN_POSITIVE);
        Limits {
            gradient: normal(gradient),
            mean: normal(gradient * 1e-12),
            square: normal(gradient * gradient),
        }
    }
}

/// `x`, or 0 if it is smaller than `limit`.
#[inline(always)]
fn flushed(x: f32, limit: f32) -> f32 {
    if x.abs() < limit { 0.0 } else { x }
}

type Two<'a> = (Rows<'a>, Rows<'a>);
type Three<'a> = (Rows<'a>, Rows<'a>, Rows<'a>);

/// Keras's `Adam`.
#[derive(Clone, Copy, Debug)]
pub struct Adam {
    /// The learning rate of this step.
    pub learning_rate: f32,
    /// How much of the mean gradient a step keeps.
    pub beta_1: f64,
    /// How much of the mean squared gradient a step keeps.
    pub beta_2: f64,
    /// Keeps the divisor from 0.
    pub epsilon: f32,
}

impl Adam {
    /// Step `t` (from 1): changes the weights `p` and the means `m` and `v` by the gradient `g`.
    ///
    /// Errors: `4 u` of a mean and of what is put into it; of a weight, by its new means, `u` of the
    /// weight and `16 u` of the step.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn step<'a>(&self, t: u32, p: &mut [f32], g: impl Into<Gradient<'a>>, m: &mut [f32], v: &mut [f32]) {
        let g = g.into();
        g.check(p.len());
        assert!(m.len() == p.len() && v.len() == p.len(), "lengths differ");
        let powers = [self.beta_1, self.beta_2].map(|b| (b as f32).powf(t as f32));
        let alpha = self.learning_rate * (1.0 - powers[1]).sqrt() / (1.0 - powers[0]);
        let adam = *self;
        let limits = Limits::new(self.epsilon);
        let (path, memory) = (path(), (g.rows(p), g.rows(m), g.rows(v)));
        g.each(COST, memory, &|g, memory| path.run(AdamStep { adam, alpha, limits, g, memory }));
    }
}

struct AdamStep<'a> {
    adam: Adam,
    alpha: f32,
    limits: Limits,
    g: &'a [f32],
    memory: Three<'a>,
}

impl Kernel for AdamStep<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let AdamStep { adam, alpha, limits, g, memory: (p, m, v) } = self;
        // As in Keras 1 - beta is rounded once, at the end.
        let (k1, k2) = ((1.0 - adam.beta_1) as f32, (1.0 - adam.beta_2) as f32);
        for (((p, g), m), v) in p.data.iter_mut().zip(g).zip(m.data).zip(v.data) {
            let g = flushed(*g, limits.gradient);
            *m = flushed(*m + (g - *m) * k1, limits.mean);
            *v = flushed(*v + (g * g - *v) * k2, limits.square);
            *p -= *m * alpha / (v.sqrt() + adam.epsilon);
        }
    }
}

/// Keras's `SGD`.
#[derive(Clone, Copy, Debug)]
pub struct Sgd {
    /// The learning rate of this step.
    pub learning_rate: f32,
    /// How much of the last change is repeated; 0 for plain descent.
    pub momentum: f32,
    /// Whether the gradient is looked at one step ahead.
    pub nesterov: bool,
}

impl Sgd {
    /// Changes the weights `p` by the gradient `g` and, with momentum, the last change `m`.
    ///
    /// Errors: `2 u` of the two terms of a change; of a weight, by its new change, `u` of the weight and `4 u` of what is
    /// added.
    ///
    /// # Panics
    /// The lengths differ; without momentum `m` is empty.
    pub fn step<'a>(&self, p: &mut [f32], g: impl Into<Gradient<'a>>, m: &mut [f32]) {
        let g = g.into();
        g.check(p.len());
        assert!(m.len() == if self.momentum == 0.0 { 0 } else { p.len() }, "lengths differ");
        let sgd = *self;
        let path = path();
        let last = if m.is_empty() { Rows::new(m, 0) } else { g.rows(m) };
        let memory = (g.rows(p), last);
        g.each(COST / 2, memory, &|g, memory| path.run(SgdStep { sgd, g, memory }));
    }
}

struct SgdStep<'a> {
    sgd: Sgd,
    g: &'a [f32],
    memory: Two<'a>,
}

impl Kernel for SgdStep<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let SgdStep { sgd, g, memory: (p, m) } = self;
        let (lr, k) = (sgd.learning_rate, sgd.momentum);
        if m.data.is_empty() {
            for (p, g) in p.data.iter_mut().zip(g) {
                *p -= g * lr;
            }
        } else if sgd.nesterov {
            for ((p, g), m) in p.data.iter_mut().zip(g).zip(m.data) {
                *m = flushed(*m * k - g * lr, f32::MIN_POSITIVE);
                *p += *m * k - g * lr;
            }
        } else {
            for ((p, g), m) in p.data.iter_mut().zip(g).zip(m.data) {
                *m = flushed(*m * k - g * lr, f32::MIN_POSITIVE);
                *p += *m;
            }
        }
    }
}

/// Keras's `RMSprop`, not centered and without momentum.
#[derive(Clone, Copy, Debug)]
pub struct RmsProp {
    /// The learning rate of this step.
    pub learning_rate: f32,
    /// How much of the mean squared gradient a step keeps.
    pub rho: f64,
    /// Keeps the divisor from 0.
    pub epsilon: f32,
}

impl RmsProp {
    /// Changes the weights `p` and the mean `v` by the gradient `g`.
    ///
    /// Errors: `4 u` of the mean and of the square that is put into it; of a weight, by its new mean, `u` of the weight and
    /// `8 u` of the step.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn step<'a>(&self, p: &mut [f32], g: impl Into<Gradient<'a>>, v: &mut [f32]) {
        let g = g.into();
        g.check(p.len());
        assert!(v.len() == p.len(), "lengths differ");
        let rms = *self;
        let (path, memory) = (path(), (g.rows(p), g.rows(v)));
        let limits = Limits::new(self.epsilon.sqrt());
        g.each(COST, memory, &|g, memory| path.run(RmsPropStep { rms, limits, g, memory }));
    }
}

struct RmsPropStep<'a> {
    rms: RmsProp,
    limits: Limits,
    g: &'a [f32],
    memory: Two<'a>,
}

impl Kernel for RmsPropStep<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let RmsPropStep { rms, limits, g, memory: (p, v) } = self;
        let (k, k1) = (rms.rho as f32, (1.0 - rms.rho) as f32);
        for ((p, g), v) in p.data.iter_mut().zip(g).zip(v.data) {
            let g = flushed(*g, limits.gradient);
            *v = flushed(*v * k + g * g * k1, limits.square);
            *p -= g * rms.learning_rate / (*v + rms.epsilon).sqrt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 37 % 101) as f32 - 50.3) / 100.0).collect()
    }

    #[test]
    fn adam_follows_keras() {
        let adam = Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };
        let n = 50_001;
        let (mut p, g) = (numbers(n), numbers(n));
        let (mut m, mut v) = (vec![0.0; n], vec![0.0; n]);
        let (mut wp, mut wm, mut wv) =
            (numbers(n).iter().map(|x| f64::from(*x)).collect::<Vec<_>>(), 0.0, 0.0);
        for t in 1..=5 {
            adam.step(t, &mut p, &g, &mut m, &mut v);
            let g = f64::from(g[7]);
            wm += (g - wm) * 0.1;
            wv += (g * g - wv) * 0.001;
            let alpha = 0.01 * (1.0 - 0.999f64.powi(t as i32)).sqrt() / (1.0 - 0.9f64.powi(t as i32));
            wp[7] -= wm * alpha / (wv.sqrt() + 1e-7);
            assert!((f64::from(p[7]) - wp[7]).abs() < 1e-5);
        }
        // Every weight of the same value and gradient goes the same way, whichever lane and thread has it.
        assert!((0..n - 101).all(|i| p[i] == p[i + 101]));
    }

    #[test]
    fn nothing_stays_below_the_normal_numbers() {
        // After two steps with gradients, thousands without.
        let (mut p, mut m, mut v) = (vec![1.0f32; 40], vec![0.0f32; 40], vec![0.0f32; 40]);
        let adam = Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.9, epsilon: 1e-7 };
        for t in 1..4000 {
            let g = if t < 3 { 1e-3 } else { 1e-30 };
            adam.step(t, &mut p, &[g; 40][..], &mut m, &mut v);
            assert!(m.iter().chain(&v).all(|x| *x == 0.0 || x.is_normal()), "step {t}: {} {}", m[0], v[0]);
        }
        assert_eq!((m[39], v[39]), (0.0, 0.0));
        let (mut p, mut m) = (vec![1.0f32; 3], vec![0.0f32; 3]);
        let sgd = Sgd { learning_rate: 0.1, momentum: 0.5, nesterov: true };
        for t in 0..400 {
            sgd.step(&mut p, &[f32::from(u8::from(t == 0)); 3][..], &mut m);
            assert!(m.iter().all(|x| *x == 0.0 || x.is_normal()));
        }
    }

    #[test]
    fn sgd_and_rmsprop_follow_keras() {
        let (mut p, g, mut m) = (vec![1.0f32; 3], vec![0.5f32; 3], vec![0.0f32; 3]);
        Sgd { learning_rate: 0.1, momentum: 0.0, nesterov: false }.step(&mut p, &g, &mut []);
        assert_eq!(p, [0.95; 3]);
        let heavy = Sgd { learning_rate: 0.1, momentum: 0.5, nesterov: false };
        heavy.step(&mut p, &g, &mut m);
        heavy.step(&mut p, &g, &mut m);
        assert!((p[0] - (0.95 - 0.05 - 0.075)).abs() < 1e-6);
        Sgd { nesterov: true, ..heavy }.step(&mut p, &g, &mut m);
        // The change is now -0.0875; the step -0.04375 - 0.05.
        assert!((p[0] - (0.825 - 0.09375)).abs() < 1e-6);
        let (mut p, mut v) = (vec![1.0f32; 3], vec![0.0f32; 3]);
        RmsProp { learning_rate: 0.1, rho: 0.9, epsilon: 1e-7 }.step(&mut p, &g, &mut v);
        assert!((p[2] - (1.0 - 0.05 / (0.025f32 + 1e-7).sqrt())).abs() < 1e-6);
    }

    /// `x`, or 0 where it is below the normal numbers of f32: what XLA makes of it.
    fn normal(x: f64) -> f64 {
        if x.abs() < f64::from(f32::MIN_POSITIVE) { 0.0 } else { x }
    }

    /// What a step of each optimiser makes of one weight, in f64 with Keras's formulas; a gradient is squared in f32, where
    /// that may overflow.
    fn steps(which: usize, epsilon: f32, p: f64, g: f32, m: &mut f64, v: &mut f64, t: i32) -> f64 {
        let (square, g) = (normal(f64::from(g * g)), normal(f64::from(g)));
        match which {
            0 => {
                *m = normal(*m + (g - *m) * 0.1);
                *v = normal(*v + (square - *v) * 0.001);
                let power = |b: f64| f64::from((b as f32).powf(t as f32));
                p - *m * (0.01 * (1.0 - power(0.999)).sqrt() / (1.0 - power(0.9)))
                    / (v.sqrt() + f64::from(epsilon))
            }
            1 => {
                *v = normal(*v * 0.9 + square * 0.1);
                p - g * 0.01 / (*v + f64::from(epsilon)).sqrt()
            }
            _ => {
                *m = normal(*m * 0.9 - g * 0.01);
                p + if which == 2 { *m } else { *m * 0.9 - g * 0.01 }
            }
        }
    }

    #[test]
    fn gradients_of_any_size() {
        let special = [0.0, -0.0, 1e-45, 1e-38, 1e-30, -1e-25, 1e-19, 3e-18, 1e-12, -1e-6, 1.0, 1e10, -1e18];
        let mut all: Vec<f32> = special.to_vec();
        all.extend([1e19, 2e19, -1e30, f32::MAX, f32::INFINITY, f32::NEG_INFINITY, f32::NAN]);
        // Each in each lane, between ordinary ones.
        let g: Vec<f32> =
            all.iter().flat_map(|g| [*g, 0.5, -0.25]).cycle().take(all.len() * 3 * 16 + 7).collect();
        let n = g.len();
        for (i, (which, epsilon)) in
            (0..4).flat_map(|which| [1e-7, 1e-3, 1e-20, 1e-30].map(|e| (which, e))).enumerate()
        {
            let first: Vec<f32> = (0..n).map(|j| if (i + j) % 5 == 0 { 0.0 } else { 0.75 }).collect();
            let (mut p, mut m, mut v) = (first.clone(), vec![0.0; n], vec![0.0; n]);
            let mut want: Vec<(f64, f64, f64)> = first.iter().map(|p| (f64::from(*p), 0.0, 0.0)).collect();
            for t in 1..4 {
                match which {
                    0 => Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon }
                        .step(t, &mut p, &g, &mut m, &mut v),
                    1 => RmsProp { learning_rate: 0.01, rho: 0.9, epsilon }.step(&mut p, &g, &mut v),
                    _ => Sgd { learning_rate: 0.01, momentum: 0.9, nesterov: which == 3 }
                        .step(&mut p, &g, &mut m),
                }
                for ((p, m, v), g) in want.iter_mut().zip(&g) {
                    *p = steps(which, epsilon, *p, *g, m, v, t as i32);
                }
                for (j, (got, (want, _, _))) in p.iter().zip(&want).enumerate() {
                    let close = (f64::from(*got) - want).abs() <= 2e-5 * want.abs().max(0.01);
                    let same = close || f64::from(*got) == *want || (got.is_nan() && want.is_nan());
                    assert!(
                        same,
                        "{which}, epsilon {epsilon}, step {t}, gradient {}: {got}, not {want}",
                        g[j]
                    );
                }
            }
        }
    }
}
