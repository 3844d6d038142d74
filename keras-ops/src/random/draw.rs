//! One number of a distribution from random bits.

use super::philox::Bits;

/// The logarithm of a number of a gamma distribution of shape `alpha` and scale 1: the number itself may be too small for
/// floats. Marsaglia and Tsang (2000).
fn log_gamma(bits: &mut Bits, alpha: f64) -> f64 {
    if !(alpha > 0.0 && alpha.is_finite()) {
        return f64::NAN;
    }
    // Of a shape below 1: that of one more, times u^(1 / alpha).
    let (shape, less) = if alpha < 1.0 { (alpha + 1.0, bits.unit().ln() / alpha) } else { (alpha, 0.0) };
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = bits.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && bits.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return (d * v).ln() + less;
        }
    }
}

/// A number of a gamma distribution of shape `alpha` and scale 1; NaN if there is none.
pub(super) fn gamma(bits: &mut Bits, alpha: f32) -> f64 {
    log_gamma(bits, f64::from(alpha)).exp()
}

/// A number of a beta distribution; NaN if there is none.
pub(super) fn beta(bits: &mut Bits, alpha: f64, beta: f64) -> f64 {
    let (a, b) = (log_gamma(bits, alpha), log_gamma(bits, beta));
    1.0 / (1.0 + (b - a).exp())
}

/// How many of `count` trials that each succeed with `probability` do; NaN if that means nothing.
pub(super) fn binomial(bits: &mut Bits, count: f32, probability: f32) -> f64 {
    let (mut n, mut p) = (f64::from(count).floor(), f64::from(probability));
    if !(n >= 0.0 && n.is_finite() && (0.0..=1.0).contains(&p)) {
        return f64::NAN;
    }
    // The trials succeed whose uniform number is below p. The middle one of the n in order has a beta distribution; the
    // others are left on one side of it.
    let mut successes = 0.0;
    while n > 32.0 && p > 0.0 && p < 1.0 {
        let middle = ((n + 1.0) / 2.0).floor();
        let at = beta(bits, middle, n + 1.0 - middle);
        if at <= p {
            successes += middle;
            (n, p) = (n - middle, (p - at) / (1.0 - at));
        } else {
            (n, p) = (middle - 1.0, p / at);
        }
    }
    for _ in 0..n as usize {
        successes += f64::from(u8::from(bits.unit() < p));
    }
    successes
}

/// A number of a standard normal distribution between -2 and 2.
pub(super) fn truncated_normal(bits: &mut Bits) -> f64 {
    loop {
        let x = bits.normal();
        if x.abs() <= 2.0 {
            return x;
        }
    }
}

/// An integer of `count` from 0 on.
pub(super) fn integer(bits: &mut Bits, count: u64) -> u64 {
    let wide = u64::from(bits.next()) << 32 | u64::from(bits.next());
    ((u128::from(wide) * u128::from(count)) >> 64) as u64
}

/// Numbers of classes, by the logarithms of what they weigh: `weights` is as many numbers of memory as there are classes.
pub(super) fn categorical(key: [u32; 2], first: usize, logits: &[f32], weights: &mut [f32], to: &mut [i32]) {
    // Sums of exponentials so far: in parts of the largest, so that none overflows.
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (weight, logit) in weights.iter_mut().zip(logits) {
        // All the same of infinities.
        let part = if *logit == largest { 0.0 } else { f64::from(*logit) - f64::from(largest) };
        let own = part.exp();
        *weight = own as f32;
        sum += if own.is_nan() { 0.0 } else { f64::from(*weight) };
    }
    for (i, to) in to.iter_mut().enumerate() {
        let mut left = Bits::of(key, first + i).unit() * sum;
        let mut class = 0;
        for (k, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            class = k;
            left -= f64::from(*weight);
            if left < 0.0 {
                break;
            }
        }
        *to = class as i32;
    }
}
