//! Losses and metrics with random masks and sample weights of random ranks, against sums of f64, and the gradients of
//! kernels against those of the plain code.

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_core::training::losses::{Loss, Target};
use keras_core::training::metrics::MeanAbsoluteError as Mae;
use keras_core::training::target::SameAsOutput;
use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;

/// The squared error without a kernel.
#[derive(Clone)]
struct Plain(MeanSquaredError);

impl Loss for Plain {
    const TARGET: Target = Target::SameAsOutput;
    type Targets = SameAsOutput;
    fn name(&self) -> &'static str {
        "plain"
    }
    fn call(&self, y_true: &Symbolic, y_pred: &Symbolic) -> keras_core::Result<Symbolic> {
        self.0.call(y_true, y_pred)
    }
}

#[derive(Clone, Debug)]
struct Case {
    /// Of the losses: samples first.
    shape: Vec<usize>,
    /// Of the sample weights.
    part: Option<Vec<usize>>,
    batch: usize,
    seed: u64,
}

fn case(rank: usize) -> impl Strategy<Value = Case> {
    let shape = proptest::collection::vec(1usize..4, rank);
    let keep = proptest::option::of((1..=rank, proptest::collection::vec(any::<bool>(), rank)));
    (shape, keep, 1usize..4, any::<u64>()).prop_map(|(shape, keep, batch, seed)| {
        let part = keep.map(|(axes, whole)| {
            let lengths = shape.iter().zip(&whole).enumerate().take(axes);
            lengths.map(|(axis, (n, whole))| if axis == 0 || *whole { *n } else { 1 }).collect()
        });
        Case { shape, part, batch, seed }
    })
}

/// Numbers between -1 and 1.
fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed | 1;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        })
        .collect()
}

fn array(shape: &[usize], last: usize, seed: u64) -> ArrayD<f32> {
    let shape: Vec<usize> = shape.iter().copied().chain([last]).collect();
    ArrayD::from_shape_vec(IxDyn(&shape), noise(shape.iter().product(), seed)).expect("an array")
}

/// The weight that belongs to loss `at`.
fn weight_at(weights: &Option<ArrayD<f32>>, shape: &[usize], mut at: usize) -> f64 {
    let Some(weights) = weights else { return 1.0 };
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = at % shape[axis];
        at /= shape[axis];
    }
    let index: Vec<usize> =
        weights.shape().iter().zip(index).map(|(n, i)| if *n == 1 { 0 } else { i }).collect();
    f64::from(weights[IxDyn(&index)])
}

/// Loss, mean absolute error, and the same weighted, as Keras defines them.
fn expected(case: &Case, t: &[f32], p: &[f32], mask: &[bool], weights: &Option<ArrayD<f32>>) -> [f64; 3] {
    let per_sample: usize = case.shape[1..].iter().product();
    let (mut loss, mut absolute, mut weighted) = (0.0, [0.0; 2], [0.0; 2]);
    for first in (0..case.shape[0]).step_by(case.batch) {
        let samples = case.batch.min(case.shape[0] - first);
        let (mut sum, mut valid) = (0.0, 0.0);
        for at in first * per_sample..(first + samples) * per_sample {
            let counts = f64::from(u8::from(mask[at]));
            let weight = weight_at(weights, &case.shape, at);
            let errors = [0, 1].map(|i| f64::from(p[2 * at + i]) - f64::from(t[2 * at + i]));
            let square = (errors[0] * errors[0] + errors[1] * errors[1]) / 2.0;
            let size = (errors[0].abs() + errors[1].abs()) / 2.0;
            sum += square * weight * counts;
            valid += counts;
            absolute = [absolute[0] + size * counts, absolute[1] + counts];
            weighted = [weighted[0] + size * counts * weight, weighted[1] + counts * weight];
        }
        loss += sum / f64::max(valid, 1.0) * samples as f64;
    }
    let over = |[a, b]: [f64; 2]| if b == 0.0 { 0.0 } else { a / b };
    [loss / case.shape[0] as f64, over(absolute), over(weighted)]
}

fn close(found: f64, wanted: f64) -> Result<(), TestCaseError> {
    prop_assert!((found - wanted).abs() <= 2e-5 * wanted.abs().max(1.0), "found {found}, wanted {wanted}");
    Ok(())
}

macro_rules! check {
    ($case:expr, $model:expr, $dimension:ty) => {{
        let case: Case = $case;
        let mut x = array(&case.shape, 3, case.seed);
        let padding = noise(case.shape.iter().product(), case.seed ^ 7);
        let mask: Vec<bool> = padding.iter().map(|x| *x > -0.2).collect();
        x.as_slice_mut()
            .expect("whole")
            .chunks_mut(3)
            .zip(&mask)
            .filter(|(_, counts)| !**counts)
            .for_each(|(x, _)| x.fill(0.0));
        let x = x.into_dimensionality::<$dimension>().expect("the rank");
        let y = array(&case.shape, 2, case.seed ^ 99).into_dimensionality::<$dimension>().expect("the rank");
        let weights = case.part.as_ref().map(|part| {
            let values = noise(part.iter().product(), case.seed ^ 5).iter().map(|x| x + 1.0).collect();
            ArrayD::from_shape_vec(IxDyn(part), values).expect("weights")
        });
        let (fast, plain) = keras_core::device::with_seed(3, || ($model, $model));
        let mut fast = fast.compile(SGD::new(0.1), MeanSquaredError, Mae::new()).weighted_metrics(Mae::new());
        let mut plain =
            plain.compile(SGD::new(0.1), Plain(MeanSquaredError), Mae::new()).weighted_metrics(Mae::new());
        plain
            .set_weights(&fast.weights().into_iter().map(|(_, raw)| raw).collect::<Vec<_>>())
            .expect("the same model");
        let p = fast.predict(&x).expect("outputs").to_vec().expect("numbers");
        let wanted = expected(&case, y.as_slice().expect("whole"), &p, &mask, &weights);
        let fast_logs =
            fast.evaluate(&x, &y).batch_size(case.batch).sample_weight(weights.as_ref()).verbose(0).run();
        let plain_logs =
            plain.evaluate(&x, &y).batch_size(case.batch).sample_weight(weights.as_ref()).verbose(0).run();
        let burn_logs = without(|| {
            fast.evaluate(&x, &y).batch_size(case.batch).sample_weight(weights.as_ref()).verbose(0).run()
        });
        for logs in [fast_logs.expect("logs"), plain_logs.expect("logs"), burn_logs.expect("logs")] {
            close(logs.loss(), wanted[0])?;
            close(logs.get("mean_absolute_error").expect("a metric"), wanted[1])?;
            close(logs.get("weighted_mean_absolute_error").expect("a metric"), wanted[2])?;
        }
        let (loss, fast) = fast.gradients_weighted(&x, &y, weights.as_ref()).expect("gradients");
        let (plain_loss, plain) = plain.gradients_weighted(&x, &y, weights.as_ref()).expect("gradients");
        close(loss, plain_loss)?;
        for (fast, plain) in fast.iter().flatten().zip(plain.iter().flatten()) {
            for (a, b) in fast.to_vec().expect("numbers").iter().zip(plain.to_vec().expect("numbers")) {
                close(f64::from(*a), f64::from(b))?;
            }
        }
    }};
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn rank_one(case in case(1)) {
        check!(case, model!(Input(3) => Masking() => Dense(2)), ndarray::Ix2);
    }

    #[test]
    fn rank_two(case in case(2)) {
        check!(case, model!(Input(None, 3) => Masking() => Dense(2)), ndarray::Ix3);
    }

    #[test]
    fn rank_three(case in case(3)) {
        check!(case, model!(Input(None, None, 3) => Masking() => Dense(2)), ndarray::Ix4);
    }
}
