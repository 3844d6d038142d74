//! What files say of metrics, losses and optimisers with arguments is what Keras writes of them
//! (`tests/keras/make_file_compiled.py`), and what is read of it is the same again.

use keras_core::Result;
use keras_core::prelude::*;
use keras_core::training::losses::{self, Losses};
use keras_core::training::metrics::{self, *};
use keras_core::training::optimizers::schedules::*;
use keras_files::KerasFile;
use serde_json::Value;
use std::path::Path;

model! {
    struct Small {
        Input(4) => Dense(3, activation = softmax)
    }
}

/// What Keras writes.
fn wanted(part: &str) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../fixtures/keras_files/compiled.json")).expect("JSON");
    all[part].as_array().expect("a list").clone()
}

/// Python has no other zero than 0 where it was not said to be one of floats.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN));
            a == b || (a - b).abs() < 1e-14 * b.abs()
        }
        (a, b) => a == b,
    }
}

fn of_file(path: &Path) -> Value {
    let bytes = std::fs::read(path).expect("a file");
    KerasFile::read(bytes).expect("a model").training.expect("a training")
}

/// What the file of a compiled model says, and that of the model which is read from it.
fn written<L: Losses<<Small as Model>::Outputs>>(model: Compiled<Small, L>) -> Result<[Value; 2]> {
    let folder = tempfile::tempdir().expect("a folder");
    let (first, again) = (folder.path().join("first.keras"), folder.path().join("again.keras"));
    model.save(&first)?;
    load_model(&first)?.compiled()?.save(&again)?;
    Ok([of_file(&first), of_file(&again)])
}

fn small<L: Losses<<Small as Model>::Outputs>>(loss: L) -> Compiled<Small, L> {
    Small::new().compile(SGD::new(0.25), loss, ())
}

fn mean(loss: impl losses::Loss + IntoMetrics, name: &str) -> Box<dyn Metric> {
    Box::new(LossMetric::new(loss).named(name))
}

fn metrics() -> Vec<Box<dyn Metric>> {
    let mut all: Vec<Box<dyn Metric>> = vec![
        Box::new(TopKCategoricalAccuracy::new().k(3)),
        Box::new(Precision::new().threshold(0.45)),
        Box::new(Recall::new().thresholds([0.3, 0.7]).top_k(2).named("found")),
        Box::new(Precision::new().top_k(1).class_id(1).named("of_one")),
        Box::new(TruePositives::new().threshold(0.25)),
        Box::new(FalsePositives::new().thresholds([0.5, 0.75])),
        Box::new(TrueNegatives::new()),
        Box::new(FalseNegatives::new().threshold(0.6).named("missed")),
        Box::new(MeanIoU::new(3).ignore_class(0)),
        Box::new(IoU::new(3, [0, 2]).sparse_y_pred(false)),
        Box::new(OneHotIoU::new(3, [1]).axis(1)),
        Box::new(OneHotMeanIoU::new(3).sparse_y_pred(true)),
        Box::new(BinaryIoU::new().target_class_ids([1]).threshold(0.3).named("area")),
        Box::new(AUC::new().num_thresholds(20).curve(Curve::PR).summation_method(SummationMethod::Majoring)),
        Box::new(AUC::new().thresholds([0.2, 0.6]).multi_label(true).from_logits(true).named("own")),
        Box::new(BinaryAccuracy::new().threshold(0.4)),
        Box::new(CategoricalAccuracy::new()),
        Box::new(SparseCategoricalAccuracy::new().named("right")),
        Box::new(SparseTopKCategoricalAccuracy::new().k(2)),
        Box::new(F1Score::new().average(Average::Macro)),
        Box::new(F1Score::new().threshold(0.45).named("second")),
        Box::new(FBetaScore::new().average(Average::Weighted).beta(2.0)),
        Box::new(R2Score::new().class_aggregation(ClassAggregation::None)),
        Box::new(
            R2Score::new()
                .class_aggregation(ClassAggregation::VarianceWeightedAverage)
                .num_regressors(2)
                .named("adjusted"),
        ),
        Box::new(SensitivityAtSpecificity::new(0.5).num_thresholds(30)),
        Box::new(SpecificityAtSensitivity::new(0.25)),
        Box::new(PrecisionAtRecall::new(0.75).class_id(1)),
        Box::new(RecallAtPrecision::new(0.5)),
        Box::new(PearsonCorrelation::new().axis(1)),
        Box::new(ConcordanceCorrelation::new()),
        Box::new(metrics::CosineSimilarity::new().named("near")),
        Box::new(RootMeanSquaredError::new()),
        Box::new(metrics::MeanAbsoluteError::new()),
        Box::new(metrics::MeanSquaredError::new().named("squares")),
        Box::new(metrics::MeanAbsolutePercentageError::new()),
        Box::new(metrics::MeanSquaredLogarithmicError::new()),
        mean(losses::BinaryCrossentropy::new().from_logits(true).label_smoothing(0.25), "binary"),
        mean(losses::CategoricalCrossentropy::new().label_smoothing(0.125), "categorical_crossentropy"),
        mean(
            losses::SparseCategoricalCrossentropy::new().from_logits(true).ignore_class(1),
            "sparse_categorical_crossentropy",
        ),
        mean(losses::LogCosh::new(), "cosh"),
    ];
    all.extend(
        (losses::Hinge::new(), losses::SquaredHinge::new(), losses::CategoricalHinge::new()).into_metrics(),
    );
    all.extend((losses::KLDivergence::new(), losses::Poisson::new()).into_metrics());
    all.push(mean(losses::Huber::new().delta(2.0), "robust"));
    all.extend(losses::Tversky::new().alpha(0.25).beta(0.75).into_metrics());
    all.extend((Accuracy::new(), "mae", "AUC").into_metrics());
    all
}

#[test]
fn metrics_are_written_as_keras_writes_them() -> Result<()> {
    let model = Small::new().compile("sgd", losses::MeanSquaredError::new(), metrics());
    for of_file in written(model.weighted_metrics((Recall::new().threshold(0.25), "mse")))? {
        let found = of_file["metrics"].as_array().expect("a list");
        let wanted = wanted("metrics");
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            assert!(same(found, wanted), "{found}\n{wanted}");
        }
        assert_eq!(of_file["weighted_metrics"][0]["config"]["thresholds"], 0.25);
        assert_eq!(of_file["weighted_metrics"][1], "mse");
    }
    Ok(())
}

/// What Keras has no word for as a metric is its function there.
#[test]
fn names_that_keras_has_not_for_metrics_are_functions() -> Result<()> {
    let model =
        Small::new().compile("sgd", losses::MeanSquaredError::new(), ["huber", "log_cosh", "fbeta_score"]);
    for of_file in written(model)? {
        let of = |at: usize| (&of_file["metrics"][at]["class_name"], &of_file["metrics"][at]["config"]);
        assert_eq!(of(0).0, "MeanMetricWrapper");
        assert_eq!(of(0).1["fn"]["config"], "huber");
        assert_eq!((of(1).0, &of(1).1["name"]), (&"LogCoshError".into(), &"log_cosh".into()));
        assert_eq!((of(2).0, &of(2).1["beta"]), (&"FBetaScore".into(), &1.0.into()));
    }
    Ok(())
}

#[test]
fn losses_are_written_as_keras_writes_them() -> Result<()> {
    use losses::*;
    let found = [
        written(small(BinaryCrossentropy::new().from_logits(true).label_smoothing(0.25)))?,
        written(small(CategoricalCrossentropy::new().axis(1).reduction("sum")))?,
        written(small(BinaryFocalCrossentropy::new().apply_class_balancing(true).alpha(0.5).gamma(1.0)))?,
        written(small(Huber::new()))?,
        written(small(Tversky::new().alpha(0.25).beta(0.75)))?,
        written(small(CategoricalFocalCrossentropy::new().alpha(0.5)))?,
        written(small(Dice::new()))?,
        written(small(losses::MeanSquaredError::new().reduction("mean_with_sample_weight")))?,
        written(small(CategoricalGeneralizedCrossEntropy::new().q(0.25)))?,
        written(small(losses::CosineSimilarity::new()))?,
    ];
    let wanted = wanted("losses");
    assert_eq!(found.len(), wanted.len());
    for (both, wanted) in found.iter().zip(&wanted) {
        both.iter().for_each(|of_file| assert!(same(&of_file["loss"], wanted), "{of_file}\n{wanted}"));
    }
    // Keras reads these, and does not write them.
    for of_file in written(small(Huber::new().delta(2.0)).loss_weights(&[0.5]))? {
        assert_eq!(of_file["loss"]["config"]["delta"], 2.0);
        assert_eq!(of_file["loss_weights"], serde_json::json!([0.5]));
    }
    for of_file in written(small(losses::CosineSimilarity::new().axis(0)))? {
        assert_eq!(of_file["loss"]["config"]["axis"], 0);
    }
    Ok(())
}

#[test]
fn optimizers_are_written_as_keras_writes_them() -> Result<()> {
    let with = |optimizer: Box<dyn Optimizer>| {
        written(Small::new().compile(optimizer, losses::MeanSquaredError::new(), ()))
    };
    let restarts = CosineDecayRestarts::new(0.5, 10).t_mul(3.0);
    let pieces = PiecewiseConstantDecay::new([2, 4], [0.5, 0.25, 0.125]);
    let warm = CosineDecay::new(0.25, 10).alpha(0.5).warmup(0.5, 2);
    let stairs = ExponentialDecay::new(0.5, 2, 0.5).staircase(true);
    let found = [
        with(Box::new(
            Adam::new(0.25)
                .beta_1(0.5)
                .amsgrad(true)
                .clipnorm(1.5)
                .use_ema(true)
                .ema_momentum(0.5)
                .ema_overwrite_frequency(3),
        ))?,
        with(Box::new(SGD::new(restarts).momentum(0.5).nesterov(true).gradient_accumulation_steps(2)))?,
        with(Box::new(RMSprop::new(pieces).rho(0.5).centered(true).loss_scale_factor(8.0)))?,
        with(Box::new(AdamW::new(warm).weight_decay(0.125).global_clipnorm(0.5)))?,
        with(Box::new(
            Ftrl::new(PolynomialDecay::new(0.5, 4).cycle(true))
                .l1_regularization_strength(0.25)
                .clipvalue(0.5),
        ))?,
        with(Box::new(Muon::new(stairs).exclude_layers(["dense_1"]).ns_steps(3).nesterov(false)))?,
        with(Box::new(
            Adafactor::new(InverseTimeDecay::new(0.5, 2, 0.5)).relative_step(false).clip_threshold(0.5),
        ))?,
    ];
    let wanted = wanted("optimizers");
    assert_eq!(found.len(), wanted.len());
    for (both, wanted) in found.iter().zip(&wanted) {
        both.iter().for_each(|of_file| assert!(same(&of_file["optimizer"], wanted), "{of_file}\n{wanted}"));
    }
    Ok(())
}

/// The scale of a file is that of the beginning: what has become of it is among the variables.
#[test]
fn a_scale_of_losses_that_has_grown_comes_back() -> Result<()> {
    let (x, y) = (ndarray::Array2::<f32>::ones((2, 4)), ndarray::Array2::<f32>::zeros((2, 3)));
    let optimizer = LossScaleOptimizer::new(SGD::new(0.25)).initial_scale(8.0).dynamic_growth_steps(1);
    let mut model = Small::new().compile(optimizer, losses::MeanSquaredError::new(), ());
    model.train_on_batch(&x, &y)?;
    for of_file in written(model)? {
        assert_eq!(of_file["optimizer"]["config"]["initial_scale"], 8.0);
    }
    Ok(())
}

/// Keras's Muon has velocities of what AdamW changes: the kernel of a layer by its name, not that of the other.
#[test]
fn layers_that_muon_leaves_to_adam_are_known_by_their_names() -> Result<()> {
    let (x, y) = (ndarray::Array2::<f32>::ones((2, 3)), ndarray::Array2::<f32>::zeros((2, 3)));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("muon.keras");
    let mut model = model!(Input(3) => Dense(5) => Dense(3)).compile(
        Muon::new(0.25).exclude_layers(["dense_1"]),
        losses::MeanSquaredError::new(),
        (),
    );
    model.train_on_batch(&x, &y)?;
    model.save(&path)?;
    let file = KerasFile::read(std::fs::read(&path).expect("a file")).expect("a model");
    let shapes: Vec<Vec<usize>> =
        file.optimizer().expect("variables").into_iter().map(|(_, array)| array.shape).collect();
    // Iterations and the learning rate come first.
    let wanted: [&[usize]; 7] = [&[3, 5], &[5], &[5], &[5, 3], &[5, 3], &[3], &[3]];
    assert_eq!(shapes[2..], wanted);
    Ok(())
}
