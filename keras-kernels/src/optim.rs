//! Optimiser steps in place, with Keras's formulas.
//!
//! Keras computes the powers of the betas in `f32` and adds epsilon before the bias correction; both matter to the
//! last digits.

use crate::simd::{Isa, Kernel, path};
use crate::threads::{self, Rows, parts};

/// Runs one kernel over chunks of weights, in several threads if there are many.
macro_rules! stepped {
    ($kernel:ident { $($fixed:ident),* } $g:expr, $p:expr $(, $slot:expr)*) => {{
        let (g, n) = ($g, $p.len());
        let path = path();
        // A weight costs as much as some fifty multiply-adds: it moves 28 bytes.
        let parts = parts(50 * n, n);
        let memory = stepped!(@rows $p $(, $slot)*);
        threads::each(n, parts, memory, &|these, memory| {
            path.run($kernel { $($fixed: $fixed,)* g: &g[these], memory });
        });
    }};
    (@rows $p:expr, $a:expr, $b:expr) => { (Rows::new($p, 1), Rows::new($a, 1), Rows::new($b, 1)) };
    (@rows $p:expr, $a:expr) => { (Rows::new($p, 1), Rows::new($a, 1)) };
}

/// Gradients below this are none: their squares are far below what epsilon leaves of them.
const SMALL_GRADIENT: f32 = 1e-18;

/// What has decayed to less than this is gone. A weight whose gradient is 0 would otherwise leave its means among the
/// numbers below 2^-126 for ever, where the processor takes a hundred times as long; XLA and TensorFlow flush those
/// to 0 everywhere.
const SMALL_MEAN: f32 = 1e-30;
const SMALL_SQUARE: f32 = 1e-36;

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
    /// # Panics
    /// The lengths differ.
    pub fn step(&self, t: u32, p: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
        assert!(g.len() == p.len() && m.len() == p.len() && v.len() == p.len(), "lengths differ");
        let powers = [self.beta_1, self.beta_2].map(|b| (b as f32).powf(t as f32));
        let alpha = self.learning_rate * (1.0 - powers[1]).sqrt() / (1.0 - powers[0]);
        let adam = *self;
        stepped!(AdamStep { adam, alpha } g, p, m, v);
    }
}

struct AdamStep<'a> {
    adam: Adam,
    alpha: f32,
    g: &'a [f32],
    memory: Three<'a>,
}

impl Kernel for AdamStep<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let AdamStep { adam, alpha, g, memory: (p, m, v) } = self;
        // As in Keras 1 - beta is rounded once, at the end.
        let (k1, k2) = ((1.0 - adam.beta_1) as f32, (1.0 - adam.beta_2) as f32);
        for (((p, g), m), v) in p.data.iter_mut().zip(g).zip(m.data).zip(v.data) {
            let g = flushed(*g, SMALL_GRADIENT);
            *m = flushed(*m + (g - *m) * k1, SMALL_MEAN);
            *v = flushed(*v + (g * g - *v) * k2, SMALL_SQUARE);
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
    /// # Panics
    /// The lengths differ; without momentum `m` is empty.
    pub fn step(&self, p: &mut [f32], g: &[f32], m: &mut [f32]) {
        assert!(g.len() == p.len(), "lengths differ");
        assert!(m.len() == if self.momentum == 0.0 { 0 } else { p.len() }, "lengths differ");
        let sgd = *self;
        let n = p.len();
        let path = path();
        let width = usize::from(!m.is_empty());
        let memory = (Rows::new(p, 1), Rows::new(m, width));
        threads::each(n, parts(25 * n, n), memory, &|these, memory| {
            path.run(SgdStep { sgd, g: &g[these], memory });
        });
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
                *m = flushed(*m * k - g * lr, SMALL_MEAN);
                *p += *m * k - g * lr;
            }
        } else {
            for ((p, g), m) in p.data.iter_mut().zip(g).zip(m.data) {
                *m = flushed(*m * k - g * lr, SMALL_MEAN);
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
    /// # Panics
    /// The lengths differ.
    pub fn step(&self, p: &mut [f32], g: &[f32], v: &mut [f32]) {
        assert!(g.len() == p.len() && v.len() == p.len(), "lengths differ");
        let rms = *self;
        stepped!(RmsPropStep { rms } g, p, v);
    }
}

struct RmsPropStep<'a> {
    rms: RmsProp,
    g: &'a [f32],
    memory: Two<'a>,
}

impl Kernel for RmsPropStep<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let RmsPropStep { rms, g, memory: (p, v) } = self;
        let (k, k1) = (rms.rho as f32, (1.0 - rms.rho) as f32);
        for ((p, g), v) in p.data.iter_mut().zip(g).zip(v.data) {
            let g = flushed(*g, SMALL_GRADIENT);
            *v = flushed(*v * k + g * g * k1, SMALL_SQUARE);
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
            adam.step(t, &mut p, &[g; 40], &mut m, &mut v);
            assert!(m.iter().chain(&v).all(|x| *x == 0.0 || x.is_normal()), "step {t}: {} {}", m[0], v[0]);
        }
        assert_eq!((m[39], v[39]), (0.0, 0.0));
        let (mut p, mut m) = (vec![1.0f32; 3], vec![0.0f32; 3]);
        let sgd = Sgd { learning_rate: 0.1, momentum: 0.5, nesterov: true };
        for t in 0..400 {
            sgd.step(&mut p, &[f32::from(u8::from(t == 0)); 3], &mut m);
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
}
