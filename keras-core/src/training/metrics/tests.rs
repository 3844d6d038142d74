//! Each metric against Keras 3.15.1: 8 samples from `numpy.random.RandomState(1)`, rounded, in batches of 5 and 3,
//! without and with sample weights.

use super::*;
use crate::training::losses;
use crate::training::testing::assert_close;

const P: &[f32] = &[
    0.916, 0.032, 0.036, 0.016, 0.207, 0.002, 0.773, 0.018, 0.143, 0.061, 0.792, 0.004, 0.09, 0.082, 0.8,
    0.028, 0.171, 0.06, 0.237, 0.532, 0.016, 0.474, 0.329, 0.181, 0.729, 0.068, 0.157, 0.046, 0.177, 0.585,
    0.093, 0.145,
];
const OH: &[f32] = &[
    0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0,
    1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0,
];
const IDX: &[f32] = &[1.0, 2.0, 3.0, 2.0, 0.0, 1.0, 2.0, 1.0];
const Q: &[f32] = &[
    0.492, 0.053, 0.574, 0.147, 0.589, 0.7, 0.102, 0.414, 0.694, 0.414, 0.05, 0.536, 0.664, 0.515, 0.945,
    0.587, 0.903, 0.137, 0.139, 0.807, 0.398, 0.165, 0.928, 0.348,
];
const B: &[f32] = &[
    0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0,
    0.0, 1.0, 0.0,
];
const N: &[f32] = &[
    -0.31, 0.83, 0.23, 0.76, -0.22, -0.2, 0.19, 0.41, 0.2, 0.12, -0.67, 0.38, 0.12, 1.13, 1.2, 0.19, -0.38,
    -0.64, 0.42, 0.08, -0.34, 0.04, -0.62, 0.7,
];
const T: &[f32] = &[
    -0.76, 2.05, 0.63, 1.35, -1.31, -0.03, 0.93, -0.54, -0.07, 0.15, -2.04, 0.7, 0.97, 0.27, 1.55, -1.12,
    -0.42, -2.26, 1.54, 0.49, -0.36, -0.74, 0.65, 2.67,
];
const L: &[f32] = &[
    -3.72, 2.47, 3.26, 0.68, -2.4, 1.73, -0.36, -1.21, -2.46, 1.1, 1.59, -1.25, 1.04, -2.29, 1.6, 0.09,
    -0.37, -0.2, 1.74, 1.5, 1.06, 0.28, 0.16, 1.24,
];
const W: &[f32] = &[1.0, 2.0, 0.5, 0.25, 1.0, 1.0, 3.0, 0.0];

/// Rows of 3 or 4 outputs in batches of 5 and 3 samples.
fn value(mut metric: impl Metric, y_true: &[f32], y_pred: &[f32], weight: Option<&[f32]>) -> f32 {
    let n = y_pred.len() / 8;
    let sparse = y_true.len() == 8;
    let width = if sparse { 1 } else { n };
    for rows in [0..5, 5..8] {
        let samples = rows.len();
        let (t, p) = (&y_true[rows.start * width..rows.end * width], &y_pred[rows.start * n..rows.end * n]);
        let true_shape: &[usize] = if sparse { &[samples] } else { &[samples, n] };
        let weight = weight.map(|w| &w[rows]);
        metric.update(t, true_shape, p, &[samples, n], weight).expect("a batch");
    }
    let result = metric.result() as f32;
    metric.reset();
    assert_eq!(metric.result(), 0.0);
    result
}

#[track_caller]
fn case(metric: impl Metric + Clone, y_true: &[f32], y_pred: &[f32], plain: f32, weighted: f32) {
    let found = [value(metric.clone(), y_true, y_pred, None), value(metric, y_true, y_pred, Some(W))];
    assert_close(&found, &[plain, weighted], 1e-6);
}

/// Outputs that are classes themselves, the likeliest first.
#[test]
fn classes_in_order() -> crate::Result<()> {
    let (t, ids) = ([2.0, 1.0, 3.0], [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 2.0, 1.0, 3.0]);
    for (k, plain, weighted) in [(1, 0.33333334, 0.1), (2, 0.6666667, 0.33333334), (5, 1.0, 1.0)] {
        for (weights, expected) in [(None, plain), (Some(&[0.7, 0.3, 2.0][..]), weighted)] {
            let mut metric = SparseTopKCategoricalAccuracy::new().k(k).from_sorted_ids(true);
            metric.update(&t, &[3], &ids, &[3, 3], weights)?;
            assert_close(&[metric.result() as f32], &[expected], 1e-6);
        }
    }
    Ok(())
}

#[test]
#[rustfmt::skip]
fn keras_numbers() {
    case(BinaryAccuracy::new(), B, Q, 0.7083334, 0.6666667);
    case(BinaryAccuracy::new().threshold(0.7), B, Q, 0.7083334, 0.6571429);
    case(CategoricalAccuracy::new(), OH, P, 0.5, 0.37142858);
    case(SparseCategoricalAccuracy::new(), IDX, P, 0.5, 0.37142858);
    case(TopKCategoricalAccuracy::new().k(2), OH, P, 0.625, 0.71428573);
    case(SparseTopKCategoricalAccuracy::new().k(2), IDX, P, 0.625, 0.71428573);
    case(MeanSquaredError::new(), T, N, 0.84879166, 0.62602097);
    case(RootMeanSquaredError::new(), T, N, 0.9212989, 0.7912149);
    case(MeanAbsoluteError::new(), T, N, 0.7583333, 0.6422857);
    case(MeanAbsolutePercentageError::new(), T, N, 117.220795, 115.65551);
    case(MeanSquaredLogarithmicError::new(), B, Q, 0.09537678, 0.086266264);
    case(Precision::new(), B, Q, 0.6666667, 0.6909091);
    case(Precision::new().threshold(0.3), B, Q, 0.5294118, 0.6756757);
    case(Precision::new().top_k(2), OH, P, 0.3125, 0.35714287);
    case(Precision::new().class_id(1), B, Q, 0.6, 0.5714286);
    case(Recall::new(), B, Q, 0.72727275, 0.6785714);
    case(Recall::new().threshold(0.3).top_k(2), OH, P, 0.5, 0.37142858);
    case(Recall::new().class_id(2), B, Q, 0.6, 0.46666667);
    case(TruePositives::new(), B, Q, 8.0, 9.5);
    case(FalsePositives::new(), B, Q, 4.0, 4.25);
    case(TrueNegatives::new(), B, Q, 9.0, 8.0);
    case(FalseNegatives::new().threshold(0.8), B, Q, 7.0, 9.0);
    case(AUC::new(), B, Q, 0.7937063, 0.7959184);
    case(AUC::new().curve(Curve::PR), B, Q, 0.8539732, 0.8652063);
    case(AUC::new().num_thresholds(5).summation_method(SummationMethod::Majoring), B, Q, 0.86013985, 0.8731778);
    case(AUC::new().num_thresholds(5).curve(Curve::PR).summation_method(SummationMethod::Majoring), B, Q, 0.8841355, 0.89901716);
    case(AUC::new().num_thresholds(5).summation_method(SummationMethod::Minoring), B, Q, 0.6503496, 0.67638487);
    case(AUC::new().num_thresholds(5).curve(Curve::PR).summation_method(SummationMethod::Minoring), B, Q, 0.37388593, 0.42400843);
    case(AUC::new().thresholds([0.5, 0.2, 0.6]), B, Q, 0.7972028, 0.8181487);
    case(AUC::new().from_logits(true), B, L, 0.4825175, 0.5233236);
    assert_close(&[value(AUC::new().multi_label(true), B, Q, None)], &[0.77777785], 1e-6);
    assert_close(&[value(AUC::new().multi_label(true).curve(Curve::PR).label_weights([0.5, 1.0, 0.0]), B, Q, None)], &[0.9258159], 1e-6);
    assert_close(&[value(AUC::new().label_weights([0.5, 1.0, 0.0]), B, Q, None)], &[0.9037037], 1e-6);
    case(LossMetric::new(losses::BinaryCrossentropy::new()), B, Q, 0.55443, 0.5330566);
    case(LossMetric::new(losses::CategoricalCrossentropy::new()), OH, P, 1.7930491, 1.6960748);
    case(LossMetric::new(losses::SparseCategoricalCrossentropy::new()), IDX, P, 1.7930491, 1.6960748);
    case(LossMetric::new(losses::Hinge), B, L, 1.2291667, 1.0046668);
}

/// `getattr(keras.metrics, name)(thresholds=[0.3, 0.5, 0.7])` of Keras 3.15.1, without and with sample weights.
#[test]
fn a_value_for_each_threshold() {
    const TARGETS: &[f32] = &[1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    const SCORES: &[f32] = &[0.9, 0.4, 0.35, 0.6, 0.8, 0.1, 0.3, 0.55];
    const WEIGHTS: &[f32] = &[1.0, 2.0, 0.5, 1.0, 1.0, 3.0, 2.0, 0.25];
    fn check(mut metric: impl Metric, plain: [f32; 3], weighted: [f32; 3]) {
        for (weights, expected) in [(None, plain), (Some(WEIGHTS), weighted)] {
            metric.reset();
            metric.update(TARGETS, &[8, 1], SCORES, &[8, 1], weights).unwrap();
            let mut other = metric.clone_box();
            other.reset();
            other.set_state(&metric.state()).unwrap();
            let results = other.results();
            let names: Vec<&str> = results.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["0.3", "0.5", "0.7"]);
            let found: Vec<f32> = results.iter().map(|(_, value)| *value as f32).collect();
            assert_close(&found, &expected, 1e-6);
            assert_close(&[metric.result() as f32], &[expected.iter().sum::<f32>() / 3.0], 1e-6);
        }
        assert!(metric.set_state(&[0.0; 4]).is_err());
    }
    let t = [0.3, 0.5, 0.7];
    check(Precision::new().thresholds(t), [0.5, 0.5, 0.5], [0.434_782_6, 0.615_384_6, 0.5]);
    check(Recall::new().thresholds(t), [0.75, 0.5, 0.25], [0.555_555_6, 0.444_444_45, 0.222_222_22]);
    check(TruePositives::new().thresholds(t), [3.0, 2.0, 1.0], [2.5, 2.0, 1.0]);
    check(FalsePositives::new().thresholds(t), [3.0, 2.0, 1.0], [3.25, 1.25, 1.0]);
    check(TrueNegatives::new().thresholds(t), [1.0, 2.0, 3.0], [3.0, 5.0, 5.25]);
    check(FalseNegatives::new().thresholds(t), [1.0, 2.0, 3.0], [2.0, 2.5, 3.5]);
    let mut metric = Precision::new().thresholds([0.2, 0.6]).top_k(1);
    metric
        .update(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0], &[2, 3], &[0.5, 0.1, 0.4, 0.3, 0.7, 0.8], &[2, 3], None)
        .unwrap();
    assert_eq!(metric.results(), [("0.2".to_string(), 0.5), ("0.6".to_string(), 0.0)]);
}

#[test]
fn steps_count_within_their_sample() {
    // Batches of (2, 2) and (1, 4) steps, weighted by step.
    fn run(mut metric: impl Metric, y_true: &[f32], y_pred: &[f32]) -> f32 {
        let (width, n) = (y_true.len() / 8, y_pred.len() / 8);
        for (start, [samples, steps]) in [(0, [2, 2]), (4, [1, 4])] {
            let (t, p) = (&y_true[start * width..(start + 4) * width], &y_pred[start * n..(start + 4) * n]);
            let true_shape: &[usize] = if width == 1 { &[samples, steps] } else { &[samples, steps, n] };
            metric
                .update(t, true_shape, p, &[samples, steps, n], Some(&W[start..start + 4]))
                .expect("a batch");
        }
        metric.result() as f32
    }
    let found = [run(SparseCategoricalAccuracy::new(), IDX, P), run(MeanSquaredError::new(), T, N)];
    assert_close(&found, &[0.44, 0.60455203], 1e-6);
}

fn boxed(metric: impl Metric + 'static) -> Box<dyn Metric> {
    Box::new(metric)
}

#[test]
fn accuracy_becomes_what_the_loss_says() {
    let resolved = |classes, last| {
        let metric = Box::new(Accuracy::new().named("acc")).resolve(classes, last);
        assert_eq!(metric.name(), "acc");
        metric
    };
    let batch = |mut metric: Box<dyn Metric>, t: &[f32], t_shape: &[usize], p: &[f32], p_shape: &[usize]| {
        metric.update(t, t_shape, p, p_shape, None).expect("a batch");
        metric.result()
    };
    let binary = batch(resolved(false, Some(1)), &[1.0, 0.0], &[2, 1], &[0.9, 0.8], &[2, 1]);
    let sparse = batch(resolved(true, Some(4)), IDX, &[8], P, &[8, 4]);
    let categorical = batch(resolved(false, Some(4)), OH, &[8, 4], P, &[8, 4]);
    assert_eq!((binary, sparse, categorical), (0.5, categorical, sparse));
    assert_eq!(batch(boxed(Accuracy::new()), IDX, &[8, 1], P, &[8, 4]), sparse);
    assert_eq!(batch(boxed(Accuracy::new()), OH, &[8, 4], P, &[8, 4]), categorical);
}

#[test]
fn what_stands_for_metrics() {
    let names =
        |metrics: Vec<Box<dyn Metric>>| metrics.iter().map(|m| m.name().to_string()).collect::<Vec<_>>();
    assert!(().into_metrics().is_empty());
    assert_eq!(names(Accuracy::new().into_metrics()), ["accuracy"]);
    assert_eq!(names((Accuracy::new(), AUC::new().named("roc")).into_metrics()), ["accuracy", "roc"]);
    assert_eq!(names([Precision::new(), Precision::new().named("p")].into_metrics()), ["precision", "p"]);
    let boxed: Vec<Box<dyn Metric>> = vec![Box::new(Recall::new()), Box::new(AUC::new())];
    assert_eq!(names(boxed.clone().into_metrics()), ["recall", "auc"]);
    assert_eq!(
        names((losses::MeanAbsoluteError, boxed).into_metrics()),
        ["mean_absolute_error", "recall", "auc"]
    );
}

#[test]
fn what_a_loss_ignores_counts_only_without_weights() {
    let loss = losses::SparseCategoricalCrossentropy::new();
    let (t, p) = (&[0.0, 1.0], &[0.5, 0.5, 0.25, 0.75]);
    let mut all = LossMetric::new(loss);
    let mut some = LossMetric::new(loss.ignore_class(1));
    for metric in [&mut all as &mut dyn Metric, &mut some] {
        metric.update(t, &[2], p, &[2, 2], Some(&[3.0, 1.0])).expect("a batch");
    }
    let ln = |x: f64| -x.ln();
    assert_close(&[all.result() as f32], &[((3.0 * ln(0.5) + ln(0.75)) / 4.0) as f32], 1e-6);
    assert_close(&[some.result() as f32], &[ln(0.5) as f32], 1e-6);
    // Keras 3.15: `metrics.SparseCategoricalCrossentropy(ignore_class=0)` of this is 0.7846262.
    let p = &[0.05, 0.95, 0.0, 0.1, 0.8, 0.1, 0.9, 0.05, 0.05];
    let mut metric = LossMetric::new(loss.ignore_class(0));
    metric.update(&[1.0, 2.0, 0.0], &[3], p, &[3, 3], None).expect("a batch");
    assert_close(&[metric.result() as f32], &[0.784_626_2], 1e-6);
}

#[test]
fn a_masked_step_may_be_anything() {
    let mut metric = MeanSquaredError::new();
    metric.update(&[1.0, 2.0], &[1, 2, 1], &[1.5, f32::NAN], &[1, 2, 1], Some(&[1.0, 0.0])).expect("a batch");
    assert_eq!(metric.result(), 0.25);
}

#[test]
fn wrong_targets_are_named() {
    let error = |mut metric: Box<dyn Metric>, t: &[f32], shape: &[usize], weight: Option<&[f32]>| {
        metric.update(t, shape, P, &[8, 4], weight).expect_err("wrong targets").to_string()
    };
    assert_eq!(
        error(boxed(Precision::new()), IDX, &[8], None),
        "metric `precision`: targets [8] do not go with the model's output [8, 4]"
    );
    assert_eq!(
        error(boxed(SparseCategoricalAccuracy::new()), OH, &[8, 4], None),
        "metric `sparse_categorical_accuracy`: targets [8, 4] are not class indices for the model's output [8, 4]"
    );
    assert_eq!(
        error(boxed(CategoricalAccuracy::new()), OH, &[8, 4], Some(&W[..3])),
        "sample weight: 3 weights for 8 samples with 8 values"
    );
    assert_eq!(
        error(boxed(Recall::new().class_id(4)), OH, &[8, 4], None),
        "metric `recall`: `class_id` 4, the model's output has 4"
    );
    for (metric, message) in [
        (
            boxed(Precision::new().threshold(f32::NAN)),
            "metric `precision`: `threshold` must lie between 0 and 1, found NaN",
        ),
        (boxed(Recall::new().top_k(0)), "metric `recall`: `top_k` must be at least 1"),
        (boxed(AUC::new().num_thresholds(1)), "metric `auc`: `num_thresholds` must be at least 2, found 1"),
        (
            boxed(AUC::new().thresholds([0.5, 1.5])),
            "metric `auc`: `thresholds` must lie between 0 and 1, found 1.5",
        ),
    ] {
        assert_eq!(error(metric, OH, &[8, 4], None), message);
    }
    assert_eq!(
        error(boxed(AUC::new().label_weights([1.0])), OH, &[8, 4], None),
        "metric `auc`: 1 label weights, the model's output has 4"
    );
}

/// Keras raises a `ValueError`.
#[test]
fn labels_stand_on_an_axis_of_their_own() {
    for mut metric in [
        boxed(AUC::new().multi_label(true)),
        boxed(AUC::new().label_weights([1.0, 2.0])),
        boxed(Precision::new().class_id(0)),
        boxed(Recall::new().class_id(1)),
        boxed(SensitivityAtSpecificity::new(0.5).class_id(0)),
        boxed(RecallAtPrecision::new(0.5).class_id(0)),
    ] {
        let error = metric.update(&[1.0, 0.0], &[2], &[0.8, 0.4], &[2], None);
        let error = error.expect_err("no axis of classes").to_string();
        assert!(error.contains("it takes outputs (batch, classes), found [2]"), "{error}");
    }
}

/// A training that goes on in the middle of an epoch takes them over, and so do ranks that add theirs up.
#[test]
fn the_sums_of_an_auc_are_taken_back() {
    for new in [AUC::new(), AUC::new().thresholds([0.2, 0.7]), AUC::new().num_thresholds(5)] {
        let mut metric = new.clone();
        metric.update(&[1.0, 0.0, 1.0], &[3, 1], &[0.8, 0.4, 0.3], &[3, 1], None).expect("a batch");
        let mut again = new.clone();
        again.set_state(&metric.state()).expect("its own sums");
        assert_eq!((again.result(), again.state()), (metric.result(), metric.state()));
        again.set_state(&new.state()).expect("no sums yet");
        assert!(again.set_state(&[0.0; 3]).is_err());
    }
}

/// By Keras 3.15.1: F-scores and R2 without an average, and what no output exceeds.
#[test]
fn a_value_for_each_class() {
    const TARGETS: &[f32] = &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    const SCORES: &[f32] = &[0.7, 0.2, 0.1, 0.4, 0.5, 0.1, 0.5, 0.1, 0.4, 0.2, f32::NAN, 0.9];
    let mut metric = F1Score::new();
    metric.update(TARGETS, &[4, 3], SCORES, &[4, 3], None).unwrap();
    let results = metric.results();
    let names: Vec<&str> = results.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["0", "1", "2"]);
    let found: Vec<f32> = results.iter().map(|(_, value)| *value as f32).collect();
    assert_close(&found, &[0.5, 1.0, 0.0], 1e-6);
    assert_close(&[metric.result() as f32], &[0.5], 1e-6);
    assert!(metric.average(Average::Macro).results().is_empty());

    let mut metric = R2Score::new().class_aggregation(ClassAggregation::None);
    metric
        .update(&[1.0, 4.0, 2.0, 2.0, 3.0, 0.0], &[3, 2], &[1.5, 4.0, 2.0, 1.0, 2.5, 0.5], &[3, 2], None)
        .unwrap();
    let found: Vec<f32> = metric.results().iter().map(|(_, value)| *value as f32).collect();
    assert_close(&found, &[0.75, 0.84375], 1e-6);
}

/// By Keras 3.15.1: an output of 0 is above no threshold of these.
#[test]
fn zero_exceeds_no_threshold() {
    let (t, p) = ([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], [0.5, 0.75, 0.0, 1.0, 0.25, 0.0]);
    let run = |mut metric: Box<dyn Metric>| {
        metric.update(&t, &[6, 1], &p, &[6, 1], None).unwrap();
        metric.result() as f32
    };
    let recall = run(Box::new(RecallAtPrecision::new(0.3)));
    let sensitivity = run(Box::new(SensitivityAtSpecificity::new(0.0)));
    assert_close(&[recall, sensitivity], &[2.0 / 3.0, 2.0 / 3.0], 1e-6);
}
