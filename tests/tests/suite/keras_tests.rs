//! Cases of Keras's own tests of losses, metrics and layers, with the numbers that Keras 3.15 gives on JAX.

use keras_core::prelude::*;
use keras_core::training::losses;
use keras_core::training::metrics::{
    Curve, FalseNegatives, LossMetric, SummationMethod, TrueNegatives, TruePositives,
};
use ndarray::Array3;

fn raw(numbers: &[f32], shape: &[usize]) -> Raw {
    Raw::from_f32(numbers.to_vec(), shape).expect("a tensor")
}

#[track_caller]
fn near(found: &[f64], wanted: &[f64]) {
    let same = |(a, b): (&f64, &f64)| (a - b).abs() <= 2e-6 * b.abs().max(1.0);
    assert!(
        found.len() == wanted.len() && found.iter().zip(wanted).all(same),
        "{found:?} instead of {wanted:?}"
    );
}

#[test]
fn a_single_weight_is_that_of_each_sample() {
    let t = raw(&[1.0, 9.0, 2.0, -5.0, -2.0, 6.0], &[2, 3]);
    let p = raw(&[4.0, 8.0, 12.0, 8.0, 1.0, 3.0], &[2, 3]);
    let of = |weight: f32| losses::evaluate(&MeanSquaredError, &t, &p, Some(&raw(&[weight], &[])), None);
    near(&[of(2.3).expect("a loss").loss, of(0.0).expect("a loss").loss], &[113.850_006, 0.0]);
    let sum = losses::evaluate(&MeanSquaredError.reduction("sum"), &t, &p, Some(&raw(&[2.3], &[])), None);
    near(&[sum.expect("a loss").loss], &[227.700_01]);

    let mut precision = Precision::new().top_k(3);
    let (t, p) = (raw(&[0.0, 1.0, 1.0, 0.0, 1.0], &[1, 5]), raw(&[0.2, 0.1, 0.4, 0.0, 0.2], &[1, 5]));
    precision.update_state(&t, &p, Some(&raw(&[1.0, 4.0, 2.0, 3.0, 5.0], &[1, 5]))).expect("a batch");
    near(&[precision.result()], &[0.875]);
    let (t, p) = (raw(&[1.0, 0.0, 1.0, 1.0, 1.0], &[5]), raw(&[0.2, 0.6, 0.4, 0.2, 0.2], &[5]));
    precision.update_state(&t, &p, Some(&raw(&[3.0], &[]))).expect("a batch");
    near(&[precision.result()], &[0.764_705_9]);
}

#[test]
fn weights_of_counts_are_repeated_along_axes_of_one() {
    let t = raw(&[0., 1., 1., 0., 1., 0., 0., 0., 0., 0., 0., 0., 1., 1., 1., 1.], &[4, 4]);
    let p = [0.9, 0.2, 0.8, 0.1, 0.2, 0.9, 0.7, 0.6, 0.1, 0.2, 0.4, 0.3, 0.0, 1.0, 0.7, 0.3];
    let p = raw(&p, &[4, 4]);
    let all = |metric: &mut dyn Metric, weights: Raw| {
        metric.update_state(&t, &p, Some(&weights)).expect("a batch");
        metric.results().into_iter().map(|(_, value)| value).collect::<Vec<f64>>()
    };
    let thresholds = [0.15, 0.5, 0.85];
    let found = all(&mut TrueNegatives::new().thresholds(thresholds), raw(&[0.0, 2.0, 3.0, 5.0], &[1, 4]));
    near(&found, &[5.0, 15.0, 23.0]);
    let found = all(&mut TruePositives::new().thresholds(thresholds), raw(&[37.0], &[]));
    near(&found, &[222.0, 111.0, 37.0]);
    let found = all(&mut FalseNegatives::new().thresholds(thresholds), raw(&[3.0, 5.0, 7.0, 4.0], &[4, 1]));
    near(&found, &[4.0, 16.0, 23.0]);
}

#[test]
fn the_area_under_gains() {
    let area = |t: &[f32], p: &[f32], weights: Option<&[f32]>, method| {
        let mut metric = AUC::new().num_thresholds(3).curve(Curve::PRGAIN).summation_method(method);
        let line = |numbers: &[f32]| raw(numbers, &[numbers.len()]);
        metric.update_state(&line(t), &line(p), weights.map(line).as_ref()).expect("a batch");
        metric.result()
    };
    let t = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0];
    let p = [0.1, 0.2, 0.3, 0.3, 0.4, 0.4, 0.6, 0.6, 0.8, 0.9];
    near(&[area(&t, &p, None, SummationMethod::Interpolation)], &[0.5]);
    let (t, p, weights) = ([0.0, 0.0, 1.0, 1.0], [0.0, 0.5, 0.3, 0.9], [1.0, 2.0, 3.0, 4.0]);
    for (method, wanted) in [
        (SummationMethod::Interpolation, 0.5),
        (SummationMethod::Majoring, 1.0),
        (SummationMethod::Minoring, 0.0),
    ] {
        near(&[area(&t, &p, Some(&weights), method)], &[wanted]);
    }
}

#[test]
fn a_class_that_is_ignored_is_one_of_the_samples_unless_they_have_weights() {
    let (t, p) =
        (raw(&[0.0, 1.0, 2.0], &[3]), raw(&[0.8, 0.1, 0.1, 0.05, 0.95, 0.0, 0.1, 0.8, 0.1], &[3, 3]));
    let metric = || LossMetric::new(SparseCategoricalCrossentropy::new().ignore_class(0));
    let (mut plain, mut weighted) = (metric(), metric());
    plain.update_state(&t, &p, None).expect("a batch");
    weighted.update_state(&t, &p, Some(&raw(&[0.5, 1.5, 2.0], &[3]))).expect("a batch");
    near(&[plain.result(), weighted.result()], &[0.784_626_2, 1.337_745_8]);
}

/// What is frozen computes with its moving statistics in training, too, also inside of a wrapper.
#[test]
fn frozen_normalisation_inside_of_a_wrapper_uses_its_statistics() {
    let x = Array3::from_shape_fn((2, 3, 4), |(a, b, c)| (a * 12 + b * 4 + c) as f32);
    let mut inside = model!(Input(3, 4) => TimeDistributed(BatchNormalization(trainable = false))).compile(
        SGD::new(0.0),
        MeanSquaredError,
        (),
    );
    let before = inside.predict(&x).expect("numbers").to_vec().expect("numbers");
    let found = inside.train_on_batch(&x, &x).expect("a step")[0].1;
    let wanted: f64 =
        x.iter().zip(&before).map(|(x, y)| f64::from(x - y).powi(2)).sum::<f64>() / before.len() as f64;
    assert!((found - wanted).abs() < 1e-6, "{found} instead of {wanted}");
    // Keras 3.15: what a wrapper's own argument says does not reach the layer inside.
    let outside = model!(Input(3, 4) => TimeDistributed(BatchNormalization(), trainable = false));
    let found =
        outside.compile(SGD::new(0.0), MeanSquaredError, ()).train_on_batch(&x, &x).expect("a step")[0].1;
    assert!((found - 169.166_81).abs() < 1e-3, "{found}");
}
