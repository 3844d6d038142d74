//! One step of each optimiser.

use super::{Bits, LEAST, U, hold, ranged};
use crate::common::on_every_path;
use keras_kernels::optim::*;

const LENGTH: usize = 4099;

/// Weights, gradients, and two means of the kind that a training has; ordinary ones, of any size, or anything at all.
fn state(bits: &mut Bits, kind: usize) -> [Vec<f32>; 4] {
    let mut number = |positive: bool| {
        let x = match kind {
            0 => bits.unit(),
            1 => bits.scaled(40),
            2 => bits.scaled(120),
            _ => bits.any(),
        };
        if positive { x.abs() } else { x }
    };
    [false, false, false, true].map(|positive| (0..LENGTH).map(|_| number(positive)).collect())
}

fn product(a: f64, b: f64) -> f64 {
    ranged(a * b)
}

/// 0 where it is below `limit`.
fn flushed(x: f64, limit: f64) -> f64 {
    if x.abs() < limit { 0.0 } else { x }
}

/// What counts as 0, by the least divisor of a step.
fn limits(divisor: f64) -> [f64; 3] {
    let gradient = (divisor * 1e-11).min(1e-18);
    [gradient, gradient * 1e-12, gradient * gradient].map(|x| x.max(LEAST))
}

#[test]
fn adam_is_within_its_bounds() {
    let mut bits = Bits::new(31);
    on_every_path(|| {
        for (kind, epsilon) in (0..4).flat_map(|kind| [1e-7f32, 1e-3, 1e-20].map(|e| (kind, e))) {
            let [p, g, m, v] = state(&mut bits, kind);
            let adam = Adam { learning_rate: 0.01, beta_1: 0.9, beta_2: 0.999, epsilon };
            let t = 1 + bits.next() % 2000;
            let (mut p1, mut m1, mut v1) = (p.clone(), m.clone(), v.clone());
            adam.step(t, &mut p1, &g, &mut m1, &mut v1);
            let powers = [0.9f32, 0.999].map(|b| f64::from(b.powf(t as f32)));
            let alpha = f64::from(0.01f32) * (1.0 - powers[1]).sqrt() / (1.0 - powers[0]);
            let [least_g, least_m, least_v] = limits(f64::from(epsilon));
            for i in 0..LENGTH {
                let what =
                    || format!("{kind}, epsilon {epsilon}, {:e} {:e} {:e} {:e}", p[i], g[i], m[i], v[i]);
                let [p0, g, m0, v0] = [p[i], g[i], m[i], v[i]].map(f64::from);
                let g = flushed(g, least_g);
                let (k1, k2) = (f64::from((1.0f64 - 0.9) as f32), f64::from((1.0f64 - 0.999) as f32));
                let square = product(g, g);
                let (mean, mean_square) =
                    (m0 + product(ranged(g - m0), k1), v0 + product(ranged(square - v0), k2));
                hold(&what, m1[i], flushed(mean, least_m), 4.0 * U * (m0.abs() + g.abs()) + 2.0 * least_m);
                hold(&what, v1[i], flushed(mean_square, least_v), 4.0 * U * (v0 + square) + 2.0 * least_v);
                // From the means as they are kept.
                let (mean, root) = (f64::from(m1[i]), f64::from(v1[i]).sqrt());
                let step = ranged(product(mean, alpha) / (root + f64::from(epsilon)));
                // A subnormal product has lost digits.
                let lost = if product(mean, alpha).abs() < LEAST {
                    LEAST * U / (root + f64::from(epsilon))
                } else {
                    0.0
                };
                hold(&what, p1[i], p0 - step, U * (p0.abs() + 16.0 * step.abs()) + lost + LEAST);
            }
        }
    });
}

#[test]
fn rmsprop_is_within_its_bounds() {
    let mut bits = Bits::new(32);
    on_every_path(|| {
        for (kind, epsilon) in (0..4).flat_map(|kind| [1e-7f32, 1e-3, 1e-20].map(|e| (kind, e))) {
            let [p, g, _, v] = state(&mut bits, kind);
            let (mut p1, mut v1) = (p.clone(), v.clone());
            RmsProp { learning_rate: 0.01, rho: 0.9, epsilon }.step(&mut p1, &g, &mut v1);
            let [least_g, _, least_v] = limits(f64::from(epsilon).sqrt());
            for i in 0..LENGTH {
                let what = || format!("{kind}, epsilon {epsilon}, {:e} {:e} {:e}", p[i], g[i], v[i]);
                let [p0, g, v0] = [p[i], g[i], v[i]].map(f64::from);
                let g = flushed(g, least_g);
                let square = product(g, g);
                let (k, k1) = (f64::from(0.9f32), f64::from((1.0f64 - 0.9) as f32));
                let wanted = flushed(product(v0, k) + product(square, k1), least_v);
                hold(&what, v1[i], wanted, 4.0 * U * (v0 + square) + 2.0 * least_v);
                let root = ranged(f64::from(v1[i]) + f64::from(epsilon)).sqrt();
                let step = ranged(product(g, f64::from(0.01f32)) / root);
                hold(&what, p1[i], p0 - step, U * (p0.abs() + 8.0 * step.abs()) + LEAST);
            }
        }
    });
}

#[test]
fn sgd_is_within_its_bounds() {
    let mut bits = Bits::new(33);
    on_every_path(|| {
        for kind in 0..4 {
            let [p, g, m, _] = state(&mut bits, kind);
            for (momentum, nesterov) in [(0.0f32, false), (0.9, false), (0.9, true)] {
                let (mut p1, mut m1) = (p.clone(), if momentum > 0.0 { m.clone() } else { Vec::new() });
                Sgd { learning_rate: 0.1, momentum, nesterov }.step(&mut p1, &g, &mut m1);
                for i in 0..LENGTH {
                    let what = || format!("{kind}, {momentum} {nesterov}, {:e} {:e} {:e}", p[i], g[i], m[i]);
                    let [p0, g, m0] = [p[i], g[i], m[i]].map(f64::from);
                    let (rate, k) = (f64::from(0.1f32), f64::from(momentum));
                    let fall = product(g, rate);
                    if momentum == 0.0 {
                        hold(&what, p1[i], p0 - fall, U * (p0.abs() + 2.0 * fall.abs()) + LEAST);
                        continue;
                    }
                    let kept = product(m0, k);
                    let size = kept.abs() + fall.abs();
                    hold(&what, m1[i], flushed(kept - fall, LEAST), 2.0 * U * size + 2.0 * LEAST);
                    let last = f64::from(m1[i]);
                    let (step, size) = if nesterov {
                        let ahead = product(last, k);
                        (ranged(ahead - fall), ahead.abs() + fall.abs())
                    } else {
                        (last, last.abs())
                    };
                    hold(&what, p1[i], p0 + step, U * (p0.abs() + 4.0 * size) + LEAST);
                }
            }
        }
    });
}
