//! Losses, metrics, constraints, optimisers and schedules against real Keras's numbers.
//!
//! `tests/fixtures/cases.json` says in Keras's words what each case is; the tables below say the same in ours. A
//! case whose words are in no table fails, so none is passed over in silence.

use std::path::Path;

use keras_core::param::Param;
use keras_core::prelude::*;
use keras_core::shape::{Axes, Constraint};
use keras_core::training::constraints;
use keras_core::training::losses::evaluate;
use keras_core::training::metrics::{self, Curve, LossMetric, Metric, SummationMethod};
use keras_core::training::optimizers::LearningRate;
use keras_core::training::optimizers::schedules::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay,
    PolynomialDecay,
};
use keras_tests::Archive;
use ndarray::{ArrayD, Axis as NdAxis};
use serde_json::Value as Json;

fn cases(kind: &str) -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases.json");
    let all: Json = serde_json::from_str(&std::fs::read_to_string(path).expect("cases.json")).expect("JSON");
    all[kind].as_array().expect("a list of cases").clone()
}

fn text<'a>(case: &'a Json, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{case}: no {key}"))
}

/// Within 1e-5 of the largest number that Keras gives.
fn close(what: &str, found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len(), "{what}: number of elements");
    let scale = wanted.iter().fold(1e-6f32, |m, x| m.max(x.abs()));
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        assert!((f - w).abs() <= 1e-5 * scale, "{what}: element {i} is {f}, Keras's is {w}");
    }
}

fn numbers(array: &ArrayD<f32>) -> Vec<f32> {
    array.iter().copied().collect()
}

fn raw(array: &ArrayD<f32>) -> Raw {
    Raw::from_f32(numbers(array), array.shape()).expect("a tensor")
}

// ---------------------------------------------------------------------------------------------------------- losses

/// A loss by Keras's words, handed to `$run`.
macro_rules! with_loss {
    ($words:expr, $run:ident($($arg:expr),*)) => {
        match $words {
            "CategoricalCrossentropy()" => $run(CategoricalCrossentropy::new(), $($arg),*),
            "CategoricalCrossentropy(from_logits = true)" => {
                $run(CategoricalCrossentropy::new().from_logits(true), $($arg),*)
            }
            "CategoricalCrossentropy(label_smoothing = 0.2)" => {
                $run(CategoricalCrossentropy::new().label_smoothing(0.2), $($arg),*)
            }
            "CategoricalCrossentropy(from_logits = true, label_smoothing = 0.1)" => {
                $run(CategoricalCrossentropy::new().from_logits(true).label_smoothing(0.1), $($arg),*)
            }
            "SparseCategoricalCrossentropy()" => $run(SparseCategoricalCrossentropy::new(), $($arg),*),
            "SparseCategoricalCrossentropy(from_logits = true)" => {
                $run(SparseCategoricalCrossentropy::new().from_logits(true), $($arg),*)
            }
            "SparseCategoricalCrossentropy(ignore_class = 1)" => {
                $run(SparseCategoricalCrossentropy::new().ignore_class(1), $($arg),*)
            }
            "BinaryCrossentropy()" => $run(BinaryCrossentropy::new(), $($arg),*),
            "BinaryCrossentropy(from_logits = true)" => {
                $run(BinaryCrossentropy::new().from_logits(true), $($arg),*)
            }
            "BinaryCrossentropy(label_smoothing = 0.2)" => {
                $run(BinaryCrossentropy::new().label_smoothing(0.2), $($arg),*)
            }
            "MeanSquaredError()" => $run(MeanSquaredError::new(), $($arg),*),
            "MeanAbsoluteError()" => $run(MeanAbsoluteError::new(), $($arg),*),
            "Huber()" => $run(Huber::new(), $($arg),*),
            "Huber(delta = 0.5)" => $run(Huber::new().delta(0.5), $($arg),*),
            words => panic!("no loss {words}"),
        }
    };
}

fn loss_case<L: Loss>(loss: L, id: &str, archive: &Archive) {
    let get = |what: &str| archive.get(&format!("{id}/{what}"));
    let has = |what: &str| archive.has(&format!("{id}/{what}"));
    let (y_true, y_pred) = (raw(&get("y_true")), raw(&get("y_pred")));
    let weight = has("sample_weight").then(|| raw(&get("sample_weight")));
    let mask = has("mask").then(|| raw(&get("mask")));
    let found = evaluate(&loss, &y_true, &y_pred, weight.as_ref(), mask.as_ref()).expect("a loss");
    if has("none") {
        close(&format!("{id}: each"), &found.losses, &numbers(&get("none")));
    }
    close(&format!("{id}: loss"), &[found.loss as f32], &numbers(&get("loss")));
    close(&format!("{id}: gradient"), &found.gradient, &numbers(&get("g")));
}

#[test]
fn losses() {
    let archive = Archive::open("losses");
    let cases = cases("losses");
    assert_eq!(cases.len(), 68);
    for case in &cases {
        let id = text(case, "id");
        match id {
            "sum" => loss_case(CategoricalCrossentropy::new().reduction("sum"), id, &archive),
            "mean_with_sample_weight" => loss_case(MeanSquaredError.reduction(id), id, &archive),
            _ => with_loss!(text(case, "rust"), loss_case(id, &archive)),
        }
    }
}

// --------------------------------------------------------------------------------------------------------- metrics

fn as_metric<L: Loss>(loss: L) -> Box<dyn Metric> {
    Box::new(LossMetric::new(loss))
}

/// A metric by Keras's words; `resolved` is what Keras makes of the word "accuracy".
fn metric(case: &Json) -> Vec<Box<dyn Metric>> {
    let one = |metric: Box<dyn Metric>| vec![metric];
    match text(case, "rust") {
        "accuracy" => {
            let (classes, last) = match text(case, "resolved") {
                "binary_accuracy" => (false, 1),
                "categorical_accuracy" => (false, 5),
                "sparse_categorical_accuracy" => (true, 5),
                other => panic!("no accuracy {other}"),
            };
            one(Box::new(metrics::Accuracy::new()).resolve(classes, Some(last)))
        }
        "BinaryAccuracy()" => one(Box::new(BinaryAccuracy::new())),
        "BinaryAccuracy(threshold = 0.7)" => one(Box::new(BinaryAccuracy::new().threshold(0.7))),
        "CategoricalAccuracy()" => one(Box::new(CategoricalAccuracy::new())),
        "SparseCategoricalAccuracy()" => one(Box::new(SparseCategoricalAccuracy::new())),
        "TopKCategoricalAccuracy()" => one(Box::new(TopKCategoricalAccuracy::new())),
        "TopKCategoricalAccuracy(k = 2)" => one(Box::new(TopKCategoricalAccuracy::new().k(2))),
        "SparseTopKCategoricalAccuracy()" => one(Box::new(SparseTopKCategoricalAccuracy::new())),
        "SparseTopKCategoricalAccuracy(k = 2)" => one(Box::new(SparseTopKCategoricalAccuracy::new().k(2))),
        "Precision()" => one(Box::new(Precision::new())),
        "Precision(thresholds = 0.3)" => one(Box::new(Precision::new().threshold(0.3))),
        // Several thresholds are several metrics here.
        "Precision(thresholds = [0.3, 0.7])" => {
            vec![Box::new(Precision::new().threshold(0.3)), Box::new(Precision::new().threshold(0.7))]
        }
        "Precision(class_id = 1)" => one(Box::new(Precision::new().class_id(1))),
        "Precision(top_k = 2)" => one(Box::new(Precision::new().top_k(2))),
        "Recall()" => one(Box::new(Recall::new())),
        "Recall(class_id = 2)" => one(Box::new(Recall::new().class_id(2))),
        "Recall(top_k = 2)" => one(Box::new(Recall::new().top_k(2))),
        "AUC()" => one(Box::new(AUC::new())),
        "AUC(curve = \"PR\")" => one(Box::new(AUC::new().curve(Curve::PR))),
        "AUC(num_thresholds = 5)" => one(Box::new(AUC::new().num_thresholds(5))),
        "AUC(summation_method = \"minoring\")" => {
            one(Box::new(AUC::new().summation_method(SummationMethod::Minoring)))
        }
        "AUC(from_logits = true)" => one(Box::new(AUC::new().from_logits(true))),
        "AUC(multi_label = true)" => one(Box::new(AUC::new().multi_label(true))),
        "MeanSquaredError()" => one(Box::new(metrics::MeanSquaredError::new())),
        "MeanAbsoluteError()" => one(Box::new(metrics::MeanAbsoluteError::new())),
        "RootMeanSquaredError()" => one(Box::new(RootMeanSquaredError::new())),
        words => one(with_loss!(words, as_metric())),
    }
}

#[test]
fn metrics() {
    let archive = Archive::open("metrics");
    let cases = cases("metrics");
    assert_eq!(cases.len(), 74);
    for case in &cases {
        let id = text(case, "id");
        if id.starts_with("accuracy_equal") {
            // Keras's class `Accuracy` counts equal numbers; ours of that name is the word "accuracy".
            continue;
        }
        let get = |what: &str| archive.get(&format!("{id}/{what}"));
        let (y_true, y_pred, results) = (get("y_true"), get("y_pred"), get("result"));
        let weights = archive.has(&format!("{id}/sample_weight")).then(|| get("sample_weight"));
        let updates = y_pred.shape()[0];
        let all = metric(case);
        assert_eq!(results.len(), updates * all.len(), "{id}: results");
        for (which, mut metric) in all.into_iter().enumerate() {
            for update in 0..updates {
                let of = |array: &ArrayD<f32>| {
                    let row = array.index_axis(NdAxis(0), update);
                    (row.iter().copied().collect::<Vec<f32>>(), row.shape().to_vec())
                };
                let ((t, t_shape), (p, p_shape)) = (of(&y_true), of(&y_pred));
                let weight = weights.as_ref().map(|w| of(w).0);
                metric
                    .update(&t, &t_shape, &p, &p_shape, weight.as_deref())
                    .unwrap_or_else(|e| panic!("{id}: {e}"));
                let row: Vec<f32> = results.index_axis(NdAxis(0), update).iter().copied().collect();
                close(&format!("{id}: update {update}"), &[metric.result() as f32], &row[which..=which]);
            }
        }
    }
}

// ----------------------------------------------------------------------------------------- constraints, optimisers

fn constraint(words: &str) -> Constraint {
    const CONV: Axes = Axes { list: &[0, 1, 2], bare: false };
    let axis = |list: &'static [isize]| Axes { list, bare: true };
    match words {
        "MaxNorm()" => Constraint::MaxNorm { max_value: 2.0, axis: axis(&[0]) },
        "MaxNorm(max_value = 1.0)" => Constraint::MaxNorm { max_value: 1.0, axis: axis(&[0]) },
        "MaxNorm(max_value = 0.8, axis = 1)" => Constraint::MaxNorm { max_value: 0.8, axis: axis(&[1]) },
        "MaxNorm(max_value = 0.9, axis = [0, 1, 2])" => Constraint::MaxNorm { max_value: 0.9, axis: CONV },
        "NonNeg()" => Constraint::NonNeg,
        "UnitNorm()" => Constraint::UnitNorm { axis: axis(&[0]) },
        "UnitNorm(axis = [0, 1, 2])" => Constraint::UnitNorm { axis: CONV },
        "MinMaxNorm(min_value = 0.8, max_value = 1.2)" => {
            Constraint::MinMaxNorm { min_value: 0.8, max_value: 1.2, rate: 1.0, axis: axis(&[0]) }
        }
        "MinMaxNorm(min_value = 0.9, max_value = 1.1, rate = 0.5, axis = 1)" => {
            Constraint::MinMaxNorm { min_value: 0.9, max_value: 1.1, rate: 0.5, axis: axis(&[1]) }
        }
        words => panic!("no constraint {words}"),
    }
}

/// The constraint as `model!` reads it from the same words: by the name of the case.
fn written(id: &str) -> Option<Constraint> {
    let of = |model: Vec<&Param>| model[0].constraint;
    let found = match id {
        "max_norm" => {
            of(model!(Input(3) => Dense(4, kernel_constraint = MaxNorm())).dense.weights().iter().collect())
        }
        "max_norm_axis1" => {
            let model = model!(Input(3) => Dense(4, kernel_constraint = MaxNorm(max_value = 0.8, axis = 1)));
            of(model.dense.weights().iter().collect())
        }
        "max_norm_conv" => {
            let model = model!(
                Input(5, 5, 2) => Conv2D(4, 3, kernel_constraint = MaxNorm(max_value = 0.9, axis = [0, 1, 2]))
            );
            of(model.conv2d.weights().iter().collect())
        }
        "unit_norm_conv" => {
            let model =
                model!(Input(5, 5, 2) => Conv2D(4, 3, kernel_constraint = UnitNorm(axis = (0, 1, 2))));
            of(model.conv2d.weights().iter().collect())
        }
        "non_neg" => {
            of(model!(Input(3) => Dense(4, kernel_constraint = "non_neg")).dense.weights().iter().collect())
        }
        "min_max_norm_rate" => {
            let model = model!(
                Input(3) => Dense(
                    4,
                    kernel_constraint = MinMaxNorm(min_value = 0.9, max_value = 1.1, rate = 0.5, axis = 1)
                )
            );
            of(model.dense.weights().iter().collect())
        }
        _ => return None,
    };
    Some(found)
}

#[test]
fn constraints_hold_weights_as_keras_does() {
    let archive = Archive::open("constraints");
    let cases = cases("constraints");
    assert_eq!(cases.len(), 10);
    let mut read = 0;
    for case in &cases {
        let id = text(case, "id");
        let get = |what: &str| archive.get(&format!("{id}/{what}"));
        let from_table = constraint(text(case, "rust"));
        for constraint in written(id).into_iter().chain([from_table]) {
            let w = get("w");
            let after = constraints::run(&constraint, &numbers(&w), w.shape());
            let after = after.unwrap_or_else(|e| panic!("{id}: {e}"));
            close(id, &after, &numbers(&get("w_after")));
            read += 1;
        }
    }
    assert_eq!(read, 16);
}

fn schedule(words: &str) -> LearningRate {
    match words {
        "ExponentialDecay(0.1, decay_steps = 10, decay_rate = 0.5)" => {
            ExponentialDecay::new(0.1, 10, 0.5).into()
        }
        "ExponentialDecay(0.1, 5, 0.9, staircase = true)" => {
            ExponentialDecay::new(0.1, 5, 0.9).staircase(true).into()
        }
        "ExponentialDecay(0.05, 5, 0.8)" => ExponentialDecay::new(0.05, 5, 0.8).into(),
        "PiecewiseConstantDecay([5, 12], [0.1, 0.05, 0.01])" => {
            PiecewiseConstantDecay::new([5, 12], [0.1, 0.05, 0.01]).into()
        }
        "PolynomialDecay(0.1, 10)" => PolynomialDecay::new(0.1, 10).into(),
        "PolynomialDecay(0.1, 10, end_learning_rate = 0.01, power = 2.0)" => {
            PolynomialDecay::new(0.1, 10).end_learning_rate(0.01).power(2.0).into()
        }
        "PolynomialDecay(0.1, 6, end_learning_rate = 0.02, power = 0.5, cycle = true)" => {
            PolynomialDecay::new(0.1, 6).end_learning_rate(0.02).power(0.5).cycle(true).into()
        }
        "InverseTimeDecay(0.1, decay_steps = 4, decay_rate = 0.5)" => {
            InverseTimeDecay::new(0.1, 4, 0.5).into()
        }
        "InverseTimeDecay(0.1, decay_steps = 4, decay_rate = 0.5, staircase = true)" => {
            InverseTimeDecay::new(0.1, 4, 0.5).staircase(true).into()
        }
        "CosineDecay(0.1, 15)" => CosineDecay::new(0.1, 15).into(),
        "CosineDecay(0.1, 15, alpha = 0.1)" => CosineDecay::new(0.1, 15).alpha(0.1).into(),
        "CosineDecay(0.02, 20)" => CosineDecay::new(0.02, 20).into(),
        "CosineDecay(0.01, 12, alpha = 0.1, warmup_target = 0.1, warmup_steps = 5)" => {
            CosineDecay::new(0.01, 12).alpha(0.1).warmup(0.1, 5).into()
        }
        "CosineDecayRestarts(0.1, 4)" => CosineDecayRestarts::new(0.1, 4).into(),
        "CosineDecayRestarts(0.1, 3, t_mul = 1.5, m_mul = 0.8, alpha = 0.05)" => {
            CosineDecayRestarts::new(0.1, 3).t_mul(1.5).m_mul(0.8).alpha(0.05).into()
        }
        words => panic!("no schedule {words}"),
    }
}

#[test]
fn schedules_give_the_rates_of_keras() {
    let cases = cases("schedules");
    assert_eq!(cases.len(), 13);
    for case in &cases {
        let id = text(case, "id");
        let rate = schedule(text(case, "rust"));
        let list = |key: &str| case[key].as_array().expect("a list").clone();
        let steps: Vec<u64> = list("steps").iter().map(|n| n.as_u64().expect("a step")).collect();
        let values: Vec<f64> = list("values").iter().map(|n| n.as_f64().expect("a rate")).collect();
        assert_eq!((steps.len(), values.len()), (20, 20), "{id}");
        for (step, wanted) in steps.into_iter().zip(values) {
            let found = rate.at(step);
            // The rate starts at 0.1: what is left of it near the end of a cosine is rounding in float32.
            assert!(
                (found - wanted).abs() <= 1e-5 * wanted.abs().max(1e-2),
                "{id}: step {step}: {found}, {wanted}"
            );
        }
    }
}

fn optimizer(words: &str) -> Box<dyn Optimizer> {
    if let Some((class, rate)) = words.strip_suffix("))").and_then(|w| w.split_once('(')) {
        let rate = schedule(&format!("{rate})"));
        return match class {
            "SGD" => Box::new(SGD::new(rate)),
            "Adam" => Box::new(Adam::new(rate)),
            "RMSprop" => Box::new(RMSprop::new(rate)),
            words => panic!("no optimiser {words}"),
        };
    }
    match words {
        "SGD()" => Box::new(SGD::default()),
        "SGD(0.1)" => Box::new(SGD::new(0.1)),
        "SGD(0.05, momentum = 0.9)" => Box::new(SGD::new(0.05).momentum(0.9)),
        "SGD(0.05, momentum = 0.9, nesterov = true)" => Box::new(SGD::new(0.05).momentum(0.9).nesterov(true)),
        "SGD(0.05, weight_decay = 0.01)" => Box::new(SGD::new(0.05).weight_decay(0.01)),
        "SGD(0.1, clipnorm = 1.0)" => Box::new(SGD::new(0.1).clipnorm(1.0)),
        "SGD(0.1, clipvalue = 0.5)" => Box::new(SGD::new(0.1).clipvalue(0.5)),
        "SGD(0.1, global_clipnorm = 1.0)" => Box::new(SGD::new(0.1).global_clipnorm(1.0)),
        "Adam()" => Box::new(Adam::default()),
        "Adam(0.02)" => Box::new(Adam::new(0.02)),
        "Adam(0.02, beta_1 = 0.8, beta_2 = 0.95, epsilon = 0.001)" => {
            Box::new(Adam::new(0.02).beta_1(0.8).beta_2(0.95).epsilon(0.001))
        }
        "Adam(0.02, amsgrad = true)" => Box::new(Adam::new(0.02).amsgrad(true)),
        "Adam(0.02, weight_decay = 0.1)" => Box::new(Adam::new(0.02).weight_decay(0.1)),
        "Adam(0.02, clipnorm = 0.5)" => Box::new(Adam::new(0.02).clipnorm(0.5)),
        "Adam(0.02, clipvalue = 0.1)" => Box::new(Adam::new(0.02).clipvalue(0.1)),
        "Adam(0.02, global_clipnorm = 2.0)" => Box::new(Adam::new(0.02).global_clipnorm(2.0)),
        "AdamW(0.02)" => Box::new(AdamW::new(0.02)),
        "AdamW(0.02, weight_decay = 0.1)" => Box::new(AdamW::new(0.02).weight_decay(0.1)),
        "AdamW(0.02, weight_decay = 0.05, amsgrad = true)" => {
            Box::new(AdamW::new(0.02).weight_decay(0.05).amsgrad(true))
        }
        "RMSprop()" => Box::new(RMSprop::default()),
        "RMSprop(0.01, rho = 0.8)" => Box::new(RMSprop::new(0.01).rho(0.8)),
        "RMSprop(0.01, momentum = 0.9)" => Box::new(RMSprop::new(0.01).momentum(0.9)),
        "RMSprop(0.01, centered = true)" => Box::new(RMSprop::new(0.01).centered(true)),
        "RMSprop(0.01, rho = 0.85, momentum = 0.5, centered = true, epsilon = 0.0001)" => {
            Box::new(RMSprop::new(0.01).rho(0.85).momentum(0.5).centered(true).epsilon(0.0001))
        }
        words => panic!("no optimiser {words}"),
    }
}

#[test]
fn optimizers_walk_where_keras_walks() {
    let archive = Archive::open("optimizers");
    let cases = cases("optimizers");
    assert_eq!(cases.len(), 32);
    let param = |path: &str, value: &ArrayD<f32>| Param::new(path, raw(value));
    let gradients = [archive.get("grads0"), archive.get("grads1")];
    for case in &cases {
        let id = text(case, "id");
        let mut optimizer = optimizer(text(case, "rust"));
        let mut params = [param("kernel", &archive.get("w0")), param("bias", &archive.get("w1"))];
        let mut seen = 0;
        for step in 1..=20 {
            let of = |g: &ArrayD<f32>| Some(raw(&g.index_axis(NdAxis(0), step - 1).to_owned()));
            let [kernel, bias] = &mut params;
            optimizer.apply(&mut [kernel, bias], gradients.iter().map(of).collect()).expect("a step");
            if ![1, 5, 20].contains(&step) {
                continue;
            }
            for (i, param) in params.iter().enumerate() {
                let wanted = archive.get(&format!("{id}/w{i}"));
                let wanted: Vec<f32> = wanted.index_axis(NdAxis(0), seen).iter().copied().collect();
                let found = param.value().to_vec().expect("numbers");
                close(&format!("{id}: weight {i} after step {step}"), &found, &wanted);
            }
            seen += 1;
        }
        assert_eq!(seen, 3, "{id}");
        // What it keeps: as many tensors as Keras's, of the same sizes in the same order.
        let size = |shape: &[usize]| shape.iter().product::<usize>();
        let kept = optimizer.variables().expect("variables");
        let kept: Vec<usize> = kept.iter().map(|(_, raw)| size(&raw.shape())).collect();
        let wanted = case["variables"].as_array().expect("variables").iter().map(|variable| {
            let shape = variable["shape"].as_array().expect("a shape");
            shape.iter().map(|n| n.as_u64().expect("a length") as usize).product::<usize>()
        });
        assert_eq!(kept, wanted.collect::<Vec<_>>(), "{id}: variables");
    }
}
