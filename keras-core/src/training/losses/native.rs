//! Losses on numbers in this machine's memory, with their gradients: the same formulas as the operations of each.

use keras_kernels::softmax::{self, Weight};

use super::EPSILON;

/// A loss that has a kernel.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Native {
    /// One-hot targets, from probabilities or logits.
    Categorical {
        /// From logits.
        from_logits: bool,
        /// How much of each target is spread over all classes.
        label_smoothing: f64,
    },
    /// Class numbers, from probabilities or logits.
    Sparse {
        /// From logits.
        from_logits: bool,
    },
    /// Targets of 0 or 1, from probabilities or logits.
    Binary {
        /// From logits.
        from_logits: bool,
        /// How far targets are drawn towards 0.5.
        label_smoothing: f64,
    },
    /// The mean of squares.
    Squared,
    /// The mean of absolutes.
    Absolute,
    /// Squares up to a distance, then linear.
    Huber {
        /// The distance.
        delta: f64,
    },
}

/// What is kept from step to step.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    losses: Vec<f32>,
    targets: Vec<f32>,
    classes: Vec<i64>,
    unwanted: Vec<f32>,
}

/// A batch as a loss takes it.
pub(crate) struct Rows<'a> {
    /// The targets.
    pub t: &'a [f32],
    /// The outputs.
    pub p: &'a [f32],
    /// The length of the last axis.
    pub last: usize,
    /// What the loss of each row counts.
    pub factors: &'a [f32],
}

impl Native {
    /// The sum of the losses of all rows times their factors, and its gradient; nothing where the targets are such
    /// that only the operations know what to do.
    pub(crate) fn run(&self, rows: &Rows<'_>, dp: Option<&mut [f32]>, scratch: &mut Scratch) -> Option<f64> {
        let Rows { t, p, last, factors } = *rows;
        let n = factors.len();
        if p.len() != n * last {
            return None;
        }
        let Scratch { losses, targets, classes, unwanted } = scratch;
        let dp = match dp {
            Some(dp) => dp,
            None => {
                unwanted.resize(p.len(), 0.0);
                unwanted.as_mut_slice()
            }
        };
        losses.resize(n, 0.0);
        match *self {
            Native::Sparse { from_logits } => {
                read_classes(t, n, last, classes)?;
                crossentropy(from_logits, p, last, softmax::Target::Classes(classes), factors, losses, dp);
            }
            Native::Categorical { from_logits, label_smoothing } => {
                if t.len() != p.len() {
                    return None;
                }
                let t = smoothed(t, label_smoothing, 1.0 / last.max(1) as f64, targets);
                crossentropy(from_logits, p, last, softmax::Target::Dense(t), factors, losses, dp);
            }
            Native::Binary { from_logits, label_smoothing } => {
                if t.len() != p.len() {
                    return None;
                }
                let t = smoothed(t, label_smoothing, 0.5, targets);
                let one = if from_logits { binary_logit } else { binary };
                each(t, p, last, factors, losses, dp, one);
            }
            _ if t.len() != p.len() => return None,
            Native::Squared => {
                each(t, p, last, factors, losses, dp, |t, p| ((p - t) * (p - t), 2.0 * (p - t)))
            }
            Native::Absolute => {
                each(t, p, last, factors, losses, dp, |t, p| ((p - t).abs(), slope(t, p)));
            }
            Native::Huber { delta } => {
                let delta = delta as f32;
                each(t, p, last, factors, losses, dp, |t, p| huber(delta, t, p));
            }
        }
        Some(losses.iter().zip(factors).map(|(loss, factor)| f64::from(*loss) * f64::from(*factor)).sum())
    }
}

/// The derivative of the magnitude of `t - p` by `p`: as Keras's on JAX it is that of a positive difference at 0, and that of
/// a negative one at NaN.
fn slope(t: f32, p: f32) -> f32 {
    if t - p >= 0.0 { -1.0 } else { 1.0 }
}

/// The targets as numbers of classes, one for each of `n` rows; nothing where one is none of the `count` classes.
fn read_classes(t: &[f32], n: usize, count: usize, classes: &mut Vec<i64>) -> Option<()> {
    classes.clear();
    classes.extend(t.iter().map(|t| t.trunc() as i64));
    let known = |class: &i64| usize::try_from(*class).is_ok_and(|class| class < count);
    (t.len() == n && classes.iter().all(known)).then_some(())
}

/// Half the square of a difference up to `delta`, then linear; and its derivative.
fn huber(delta: f32, t: f32, p: f32) -> (f32, f32) {
    let x = p - t;
    if x.abs() <= delta {
        (0.5 * x * x, x)
    } else {
        // As in Keras an infinite difference has no derivative.
        (x.abs() * delta - 0.5 * delta * delta, delta.copysign(x) + 0.0 * x)
    }
}

fn crossentropy(
    from_logits: bool,
    p: &[f32],
    last: usize,
    target: softmax::Target<'_>,
    factors: &[f32],
    losses: &mut [f32],
    dp: &mut [f32],
) {
    let run = if from_logits { softmax::crossentropy_from_logits } else { softmax::crossentropy };
    run(p, last, target, Weight::Rows(factors), losses, dp);
}

/// Targets with a part of each drawn to `middle`.
fn smoothed<'a>(t: &'a [f32], smoothing: f64, middle: f64, memory: &'a mut Vec<f32>) -> &'a [f32] {
    if smoothing == 0.0 {
        return t;
    }
    let (keep, add) = ((1.0 - smoothing) as f32, (smoothing * middle) as f32);
    memory.clear();
    memory.extend(t.iter().map(|t| t * keep + add));
    memory
}

/// The crossentropy of a probability, which is kept from 0 and 1, where there is no gradient.
fn binary(t: f32, p: f32) -> (f32, f32) {
    let (low, high) = (EPSILON as f32, (1.0 - EPSILON) as f32);
    let q = p.clamp(low, high);
    let inside = (low..=high).contains(&p);
    let loss = -t * q.ln() + (t - 1.0) * (1.0 - q).ln();
    (loss, if inside || p.is_nan() { (1.0 - t) / (1.0 - q) - t / q } else { 0.0 })
}

/// The crossentropy of a logit, from the logarithms of both probabilities: an infinite logit on the right side of a target
/// of 0 or 1 costs nothing or is NaN as in Keras, on the wrong side it costs infinitely much.
fn binary_logit(t: f32, x: f32) -> (f32, f32) {
    let small = (-x.abs()).exp();
    let sigmoid = if x >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) };
    let (log_yes, log_no) = (x.min(0.0) - small.ln_1p(), (-x).min(0.0) - small.ln_1p());
    let loss = -(t * log_yes + (1.0 - t) * log_no);
    (if x.is_nan() { x } else { loss }, sigmoid - t)
}

/// A loss that is the mean over the last axis of what each number costs: `one` gives the cost and its derivative.
fn each(
    t: &[f32],
    p: &[f32],
    last: usize,
    factors: &[f32],
    losses: &mut [f32],
    dp: &mut [f32],
    one: impl Fn(f32, f32) -> (f32, f32),
) {
    let last = last.max(1);
    let share = 1.0 / last as f32;
    let rows = t.chunks_exact(last).zip(p.chunks_exact(last)).zip(dp.chunks_exact_mut(last));
    for (((t, p), dp), (loss, factor)) in rows.zip(losses.iter_mut().zip(factors)) {
        let mut sum = 0.0;
        for ((t, p), dp) in t.iter().zip(p).zip(dp) {
            let (cost, slope) = one(*t, *p);
            sum += cost;
            *dp = slope * share * factor;
        }
        *loss = sum * share;
    }
}
