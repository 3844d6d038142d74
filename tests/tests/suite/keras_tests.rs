//! Cases of Keras's own tests of losses, metrics and layers, with the numbers that Keras 3.15 gives on JAX.

use keras_core::prelude::*;
use keras_core::training::losses;
use keras_core::training::metrics::{
    BinaryAccuracy, Curve, FalseNegatives, LossMetric, Mean, RootMeanSquaredError, Sum, SummationMethod,
    TrueNegatives, TruePositives,
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

/// Keras adds up the weights as they are given, so the weight of a sample counts once for all of its steps.
#[test]
fn a_mean_by_weights_adds_up_the_weights_that_were_given() {
    let t = raw(&[1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 2.0, 2.0, 5.0, 1.0, 1.0, 0.0], &[2, 3, 2]);
    let p = raw(&[1.5, 2.0, 2.0, 4.5, 0.5, 0.0, 1.0, 1.0, 4.0, 3.0, 0.0, 0.5], &[2, 3, 2]);
    let of_samples = raw(&[0.5, 2.0], &[2, 1]);
    let of_steps = raw(&[1.0, 2.0, 3.0, 0.0, 1.0, 0.5], &[2, 3]);
    let mask = raw(&[1.0, 0.0, 1.0, 1.0, 1.0, 0.0], &[2, 3]);
    for (reduction, [samples, all, steps, masked, huber]) in [
        ("mean_with_sample_weight", [3.575, 5.5, 0.808_333_34, 1.475, 1.587_5]),
        ("sum", [8.937_5, 2.75, 6.062_5, 7.375, 3.968_75]),
        ("sum_over_batch_size", [1.489_583_4, 0.458_333_34, 1.010_416_6, 1.843_75, 0.661_458_3]),
    ] {
        let squared = MeanSquaredError.reduction(reduction);
        let of =
            |weights, mask| losses::evaluate(&squared, &t, &p, Some(weights), mask).expect("a loss").loss;
        let found = [
            of(&of_samples, None),
            of(&raw(&[0.5], &[]), None),
            of(&of_steps, None),
            of(&of_samples, Some(&mask)),
            losses::evaluate(&Huber::new().reduction(reduction), &t, &p, Some(&of_samples), None)
                .expect("a loss")
                .loss,
        ];
        near(&found, &[samples, all, steps, masked, huber]);
    }
    // By the kernel that trains.
    let array =
        |x: &Raw| Array3::from_shape_vec((2, 3, 2), x.to_vec().expect("numbers")).expect("12 numbers");
    let mut model = model!(Input(3, 2) => Activation(linear)).compile(
        SGD::new(0.1),
        MeanSquaredError.reduction("mean_with_sample_weight"),
        (),
    );
    let weights = ndarray::array![[0.5f32], [2.0]];
    let found = model.evaluate(&array(&p), &array(&t)).sample_weight(&weights).verbose(0).run();
    near(&[found.expect("a loss").loss()], &[3.575]);
}

#[test]
fn one_weight_for_losses_that_have_no_samples() {
    let t = raw(&[1.0, 2.0, 3.0, 4.0, 0.0, 1.0], &[3, 2]);
    let p = raw(&[1.5, 2.0, 2.0, 4.5, 0.5, 0.0], &[3, 2]);
    let half = raw(&[0.5], &[]);
    let scaled =
        |x: &Raw| raw(&x.to_vec().expect("numbers").iter().map(|x| x / 5.0).collect::<Vec<_>>(), &[3, 2]);
    let both = [2, 2, 5, 1, 1, 0].map(|x| x as f32 / 5.0);
    let both_p = [1.0, 1.0, 4.0, 3.0, 0.0, 0.5].map(|x| x / 5.0);
    let join = |a: &Raw, b: &[f32; 6]| raw(&[a.to_vec().expect("numbers"), b.to_vec()].concat(), &[2, 3, 2]);
    for (reduction, cosine) in [
        ("mean_with_sample_weight", -1.905_154),
        ("sum", -0.952_576_99),
        ("sum_over_batch_size", -0.476_288_5),
    ] {
        let along = CosineSimilarity::new().axis(0).reduction(reduction);
        near(&[losses::evaluate(&along, &t, &p, Some(&half), None).expect("a loss").loss], &[cosine]);
        // One number for the batch is neither summed nor divided.
        let (t, p) = (join(&scaled(&t), &both), join(&scaled(&p), &both_p));
        let dice = losses::evaluate(&Dice::new().reduction(reduction), &t, &p, Some(&half), None);
        near(&[dice.expect("a loss").loss], &[0.230_952_35]);
    }
}

#[test]
fn one_weight_for_a_batch_of_a_mean() {
    let (t, p) =
        (raw(&[1.0, 2.0, 3.0, 4.0, 0.0, 1.0], &[3, 2]), raw(&[1.5, 2.0, 2.0, 4.5, 0.5, 0.0], &[3, 2]));
    let (last_t, last_p) = (raw(&[1.0, 0.0], &[1, 2]), raw(&[1.0, 2.0], &[1, 2]));
    let metrics: [(Box<dyn Metric>, f64); 4] = [
        (Box::new(keras_core::training::metrics::MeanSquaredError::new()), 1.691_666_6),
        (Box::new(RootMeanSquaredError::new()), 1.300_640_8),
        (Box::new(BinaryAccuracy::new()), 0.466_666_64),
        (Box::new(LossMetric::new(Poisson)), 1.757_686_3),
    ];
    for (mut metric, wanted) in metrics {
        metric.update_state(&t, &p, Some(&raw(&[0.5], &[]))).expect("a batch");
        metric.update_state(&last_t, &last_p, Some(&raw(&[2.0], &[]))).expect("a batch");
        near(&[metric.result()], &[wanted]);
    }
}

#[test]
fn means_and_sums_of_arrays() {
    let (line, square) = (raw(&[1.0, 3.0, 5.0, 7.0], &[4]), raw(&[1.0, 3.0, 5.0, 7.0], &[2, 2]));
    let (one, row) = (raw(&[2.0], &[]), raw(&[2.0, 4.0], &[1, 2]));
    let cases: [(&Raw, Option<Raw>, &Raw, f64, f64); 8] = [
        (&line, None, &one, 3.6, 18.0),
        (&line, Some(raw(&[1.0, 1.0, 0.0, 0.0], &[4])), &one, 2.0, 6.0),
        (&line, Some(raw(&[-1.0, -1.0, 0.0, 0.0], &[4])), &one, 2.0, -2.0),
        (&square, Some(raw(&[1.0, 1.0, 1.0, 0.0], &[2, 2])), &row, 3.0, 15.0),
        (&square, Some(raw(&[1.0, 0.5], &[1, 2])), &row, 3.4, 17.0),
        (&square, Some(raw(&[0.5, 2.0], &[2])), &row, 4.571_428_8, 32.0),
        (&square, Some(raw(&[2.0], &[])), &row, 3.666_666_7, 38.0),
        (&raw(&[4.0], &[]), Some(raw(&[2.0], &[])), &one, 3.333_333_3, 10.0),
    ];
    for (values, weights, then, mean, sum) in cases {
        let (mut means, mut sums) = (Mean::new("mean"), Sum::new());
        means.update_state(values, weights.as_ref()).expect("weights that fit");
        means.update_state(then, None).expect("no weights");
        sums.update_state(values, weights.as_ref()).expect("weights that fit");
        sums.update_state(then, None).expect("no weights");
        near(&[means.result(), sums.result()], &[mean, sum]);
    }
    assert!(Mean::new("mean").update_state(&line, Some(&raw(&[1.0; 3], &[3]))).is_err());
}

/// In Keras a limit of 0 is none.
#[test]
fn gradients_are_not_clipped_to_nothing() {
    for mut optimizer in
        [SGD::new(1.0).clipnorm(0.0), SGD::new(1.0).clipvalue(0.0), SGD::new(1.0).global_clipnorm(0.0)]
    {
        let mut param = keras_core::param::Param::new("w", raw(&[3.0, 4.0], &[2]));
        optimizer.apply(&mut [&mut param], vec![Some(raw(&[3.0, 4.0], &[2]))]).expect("a step");
        assert_eq!(param.value().to_vec().expect("numbers"), [0.0, 0.0]);
    }
}

/// The mean over the last axis is one number where there is no other axis.
#[test]
fn outputs_of_one_axis_are_one_value_of_a_mean() {
    use keras_core::training::metrics as m;
    let metrics: [(Box<dyn Metric>, f64); 7] = [
        (Box::new(m::MeanSquaredError::new()), 1.708_333_4),
        (Box::new(m::MeanAbsoluteError::new()), 0.916_666_7),
        (Box::new(m::MeanAbsolutePercentageError::new()), 31.944_447),
        (Box::new(m::MeanSquaredLogarithmicError::new()), 0.153_610_05),
        (Box::new(RootMeanSquaredError::new()), 1.284_523_2),
        (Box::new(LossMetric::new(LogCosh)), 0.572_103_56),
        (Box::new(BinaryAccuracy::new()), 0.4),
    ];
    for (mut metric, wanted) in metrics {
        metric
            .update_state(&raw(&[1.0, 2.0, 3.0], &[3]), &raw(&[1.5, 2.0, 1.0], &[3]), None)
            .expect("a batch");
        metric.update_state(&raw(&[1.0, 4.0], &[2]), &raw(&[1.0, 2.0], &[2]), None).expect("a batch");
        near(&[metric.result()], &[wanted]);
    }
}

/// One step of a bias, which Muon leaves to AdamW.
#[test]
fn muon_takes_no_decay_of_adam_for_an_answer() {
    for (decay, wanted) in [
        (None, [0.900_003_8, -2.099_997_8, 3.099_998_2]),
        (Some(0.5), [0.850_003_84, -1.999_997_7, 2.949_998_1]),
    ] {
        let mut optimizer = Muon::new(0.1).weight_decay(0.5).adam_weight_decay(decay);
        let mut param = keras_core::param::Param::new("bias", raw(&[1.0, -2.0, 3.0], &[3]));
        optimizer.apply(&mut [&mut param], vec![Some(raw(&[0.1, 0.2, -0.3], &[3]))]).expect("a step");
        let found: Vec<f64> = param.value().to_vec().expect("numbers").into_iter().map(f64::from).collect();
        near(&found, &wanted);
    }
}

/// Keras raises a `ValueError`: the macro where it sees the number, the model where only the compiler does.
#[test]
fn factors_below_zero() {
    const BELOW: f64 = -0.5;
    let x = ndarray::Array2::<f32>::ones((2, 3));
    let y = ndarray::Array2::<f32>::ones((2, 1));
    let mut model = model!(Input(3) => Dense(1, kernel_regularizer = L2(BELOW))).compile(
        SGD::new(0.1),
        MeanSquaredError,
        (),
    );
    let error = model.fit(&x, &y).verbose(0).run().expect_err("no such factor").to_string();
    assert!(error.contains("`l2` of a regularizer must be finite and not negative, found -0.5"), "{error}");
    let model = model!(Input(3) => Dense(1, kernel_initializer = VarianceScaling(scale = BELOW)));
    let error = model.predict(&x).map(drop).expect_err("no such scale").to_string();
    assert!(error.contains("must be above 0, found -0.5"), "{error}");
}
