//! Losses, metrics and optimisers against Keras 3.15.1: the cases of `tests/keras/make_training_more.py`.

use keras_shape::{Constraint, Regularizer};
use serde_json::Value;

use super::losses::*;
use super::metrics::{self, Metric};
use super::optimizers::*;
use super::testing::raw;
use crate::param::{Param, ParamId};
use crate::tensor::Raw;

fn document() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/training.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("JSON")
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn numbers(value: &Value, key: &str) -> Vec<f32> {
    list(value, key).iter().map(|x| x.as_f64().expect("a number") as f32).collect()
}

fn shape(value: &Value, key: &str) -> Vec<usize> {
    list(value, key).iter().map(|x| x.as_u64().expect("a length") as usize).collect()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

/// What differs by more than a hundred thousandth.
fn compare(wrong: &mut Vec<String>, what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    let close = |(f, e): (&f32, &f32)| (f - e).abs() <= tolerance * e.abs().max(1.0);
    if found.len() != expected.len() || !found.iter().zip(expected).all(close) {
        wrong.push(format!("{what}: found {found:?}, expected {expected:?}"));
    }
}

fn loss_case<L: Loss>(loss: L, case: &Value, wrong: &mut Vec<String>) {
    let tensor = |key: &str| {
        let has = case.get(key).is_some();
        has.then(|| raw(&numbers(case, key), &shape(case, &format!("{key}_shape"))))
    };
    let (t, p) = (tensor("t").expect("targets"), tensor("p").expect("outputs"));
    let found = evaluate(&loss, &t, &p, tensor("weight").as_ref(), tensor("mask").as_ref());
    let found = found.unwrap_or_else(|e| panic!("{}: {e}", id(case)));
    let expected = case["loss"].as_f64().expect("a loss") as f32;
    compare(wrong, &format!("{}: loss", id(case)), &[found.loss as f32], &[expected], 1e-5);
    compare(wrong, &format!("{}: gradient", id(case)), &found.gradient, &numbers(case, "g"), 1e-4);
}

#[test]
#[rustfmt::skip]
fn losses() {
    let document = document();
    let mut wrong = Vec::new();
    let cases = list(&document, "losses");
    assert_eq!(cases.len(), 21);
    for case in cases {
        let wrong = &mut wrong;
        match id(case) {
            "dice" | "dice_weighted" => loss_case(Dice::new(), case, wrong),
            "dice_axes" | "dice_axes_weighted" => loss_case(Dice::new().axis([1, 2, 3]), case, wrong),
            "tversky" => loss_case(Tversky::new().alpha(0.3).beta(0.7), case, wrong),
            "tversky_axes" => loss_case(Tversky::new().axis([1, 2]), case, wrong),
            "circle" => loss_case(Circle::new(), case, wrong),
            "circle_all" => loss_case(Circle::new().gamma(2.0).margin(0.25).remove_diagonal(false), case, wrong),
            "generalized" => loss_case(CategoricalGeneralizedCrossEntropy::new(), case, wrong),
            "generalized_q" => loss_case(CategoricalGeneralizedCrossEntropy::new().q(0.8), case, wrong),
            "ctc" | "ctc_weighted" => loss_case(CTC, case, wrong),
            "cosine_axis" => loss_case(CosineSimilarity::new().axis(1), case, wrong),
            "categorical_axis" => loss_case(CategoricalCrossentropy::new().axis(1), case, wrong),
            "categorical_axis_logits" => loss_case(CategoricalCrossentropy::new().from_logits(true).axis(1), case, wrong),
            "binary_axis" => loss_case(BinaryCrossentropy::new().axis(1), case, wrong),
            "binary_focal_axis" => loss_case(BinaryFocalCrossentropy::new().axis(1), case, wrong),
            "categorical_focal_axis" => loss_case(CategoricalFocalCrossentropy::new().axis(1), case, wrong),
            "huber_sum" => loss_case(Huber::new().reduction("sum"), case, wrong),
            "kl_mean_weights" => loss_case(KLDivergence.reduction("mean_with_sample_weight"), case, wrong),
            "poisson_sum_masked" => loss_case(Poisson.reduction("sum"), case, wrong),
            id => panic!("no loss {id}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn metric(id: &str) -> Box<dyn Metric> {
    use metrics::*;
    match id.strip_suffix("_weighted").filter(|_| id != "f1_weighted").unwrap_or(id) {
        "iou" => Box::new(IoU::new(3, [0, 2])),
        "iou_ignore" => Box::new(IoU::new(3, [0, 1]).ignore_class(2)),
        "iou_dense" => Box::new(IoU::new(3, [0, 1]).sparse_y_pred(false)),
        "mean_iou" => Box::new(MeanIoU::new(3)),
        "one_hot_iou" => Box::new(OneHotIoU::new(3, [1, 2])),
        "one_hot_mean_iou" => Box::new(OneHotMeanIoU::new(3)),
        "binary_iou" => Box::new(BinaryIoU::new()),
        "binary_iou_one" => Box::new(BinaryIoU::new().target_class_ids([1]).threshold(0.3)),
        "f1_macro" => Box::new(F1Score::new()),
        "f1_micro" => Box::new(F1Score::new().average(Average::Micro)),
        "f1_weighted" => Box::new(F1Score::new().average(Average::Weighted)),
        "f1_threshold" => Box::new(F1Score::new().threshold(0.3)),
        "fbeta" => Box::new(FBetaScore::new().beta(2.0)),
        "r2" => Box::new(R2Score::new()),
        "r2_variance" => {
            Box::new(R2Score::new().class_aggregation(ClassAggregation::VarianceWeightedAverage))
        }
        "r2_adjusted" => Box::new(R2Score::new().num_regressors(2)),
        "pearson" => Box::new(PearsonCorrelation::new()),
        "pearson_axis" => Box::new(PearsonCorrelation::new().axis(0)),
        "concordance" => Box::new(ConcordanceCorrelation::new()),
        "cosine" => Box::new(metrics::CosineSimilarity::new()),
        "sensitivity_at" => Box::new(SensitivityAtSpecificity::new(0.5)),
        "sensitivity_at_few" => Box::new(SensitivityAtSpecificity::new(0.6).num_thresholds(7)),
        "sensitivity_at_one" => Box::new(SensitivityAtSpecificity::new(0.3).num_thresholds(1)),
        "specificity_at" => Box::new(SpecificityAtSensitivity::new(0.5)),
        "precision_at" => Box::new(PrecisionAtRecall::new(0.6)),
        "recall_at" => Box::new(RecallAtPrecision::new(0.4)),
        "recall_at_class" => Box::new(RecallAtPrecision::new(0.3).class_id(1)),
        id => panic!("no metric {id}"),
    }
}

#[test]
fn metrics_over_batches() {
    let document = document();
    let mut wrong = Vec::new();
    let cases = list(&document, "metrics");
    assert_eq!(cases.len(), 53);
    for case in cases {
        let mut metric = metric(id(case));
        for update in list(case, "updates") {
            let weight = update.get("weight").map(|_| numbers(update, "weight"));
            let (t, p) = (numbers(update, "t"), numbers(update, "p"));
            let shapes = (shape(update, "t_shape"), shape(update, "p_shape"));
            // A saved metric goes on where it was.
            let state = metric.state();
            let mut again = metric.clone();
            again.reset();
            again.set_state(&state).expect("its own state");
            metric = again;
            metric
                .update(&t, &shapes.0, &p, &shapes.1, weight.as_deref())
                .unwrap_or_else(|e| panic!("{}: {e}", id(case)));
        }
        let expected = case["result"].as_f64().expect("a result") as f32;
        compare(&mut wrong, id(case), &[metric.result() as f32], &[expected], 1e-5);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[rustfmt::skip]
fn optimizer(id: &str) -> Box<dyn Optimizer> {
    match id {
        "adafactor" => Box::new(Adafactor::default()),
        "adafactor_all" => Box::new(Adafactor::new(0.05).beta_2_decay(-0.6).epsilon_2(0.01).clip_threshold(0.5).relative_step(false)),
        "adafactor_decay" => Box::new(Adafactor::new(0.05).weight_decay(0.1)),
        "ftrl" => Box::new(Ftrl::default()),
        "ftrl_all" => Box::new(Ftrl::new(0.05).learning_rate_power(-0.4).initial_accumulator_value(0.2).l1_regularization_strength(0.01)
            .l2_regularization_strength(0.02).l2_shrinkage_regularization_strength(0.03).beta(0.1)),
        "lamb" => Box::new(Lamb::default()),
        "lamb_all" => Box::new(Lamb::new(0.02).beta_1(0.8).beta_2(0.95).epsilon(1e-3).weight_decay(0.05)),
        "muon" => Box::new(Muon::default()),
        "muon_all" => Box::new(Muon::new(0.02).adam_beta_1(0.8).adam_beta_2(0.95).adam_weight_decay(0.1).weight_decay(0.05)
            .adam_lr_ratio(0.5).momentum(0.9).ns_steps(3).nesterov(false).rms_rate(0.3)),
        "muon_excluded" => Box::new(Muon::new(0.02).exclude_layers(["k.rn", "^tall$"])),
        "schedule_free" => Box::new(ScheduleFreeAdamW::default()),
        "schedule_free_all" => Box::new(ScheduleFreeAdamW::new(0.02).beta_1(0.8).beta_2(0.95).epsilon(1e-6).warmup_steps(4).weight_decay(0.05)),
        "adagrad" => Box::new(Adagrad::new(0.05)),
        "adadelta" => Box::new(Adadelta::new(0.5)),
        "adamax" => Box::new(Adamax::new(0.02)),
        "nadam" => Box::new(Nadam::new(0.02)),
        "lion" => Box::new(Lion::new(0.02)),
        "adam_ema" => Box::new(Adam::new(0.02).use_ema(true).ema_momentum(0.8)),
        "adam_ema_overwrite" => Box::new(Adam::new(0.02).use_ema(true).ema_momentum(0.8).ema_overwrite_frequency(3)),
        "sgd_accumulate" => Box::new(SGD::new(0.05).momentum(0.9).gradient_accumulation_steps(2)),
        "adam_accumulate" => Box::new(Adam::new(0.02).gradient_accumulation_steps(4).clipnorm(0.5)),
        "rmsprop_accumulate_ema" => Box::new(RMSprop::new(0.02).gradient_accumulation_steps(2).use_ema(true).ema_overwrite_frequency(2)),
        "sgd_scaled" => Box::new(SGD::new(0.05).loss_scale_factor(8.0)),
        "loss_scale" => Box::new(LossScaleOptimizer::new(SGD::new(0.05)).initial_scale(4.0).dynamic_growth_steps(3)),
        id => panic!("no optimiser {id}"),
    }
}

/// Numbers and their shape.
type Array = (Vec<f32>, Vec<usize>);

fn floats(json: &Value) -> Vec<f32> {
    json.as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number") as f32).collect()
}

/// A weight that is trained.
fn param((path, (values, shape)): (&&str, &Array)) -> Param {
    Param {
        id: ParamId::fresh(),
        path: path.to_string(),
        value: raw(values, shape),
        trainable: true,
        trains: true,
        regularizer: Regularizer::None,
        constraint: Constraint::None,
    }
}

#[test]
fn optimizers_over_twenty_steps() {
    let document = document();
    let mut wrong = Vec::new();
    let start: Vec<Array> =
        list(&document, "start").iter().map(|w| (numbers(w, "w"), shape(w, "shape"))).collect();
    let gradients: Vec<Vec<f32>> = list(&document, "gradients").iter().map(floats).collect();
    let cases = list(&document, "optimizers");
    assert_eq!(cases.len(), 24);
    for case in cases {
        let mut optimizer = optimizer(id(case));
        let mut params: Vec<Param> = ["kernel", "bias", "tall"].iter().zip(&start).map(param).collect();
        let mut seen = list(case, "after").iter();
        for step in 0..20 {
            let of = |(g, (values, shape)): (&Vec<f32>, &Array)| {
                let n = values.len();
                Some(raw(&g[step * n..(step + 1) * n], shape))
            };
            let gradients: Vec<Option<Raw>> = gradients.iter().zip(&start).map(of).collect();
            let mut all: Vec<&mut Param> = params.iter_mut().collect();
            optimizer.apply(&mut all, gradients).unwrap_or_else(|e| panic!("{}: {e}", id(case)));
            if ![1, 5, 20].contains(&(step + 1)) {
                continue;
            }
            let after = seen.next().and_then(Value::as_array).expect("weights");
            for (param, after) in params.iter().zip(after) {
                let found = param.value.to_vec().expect("numbers");
                let what = format!("{}: {} after step {}", id(case), param.path, step + 1);
                compare(&mut wrong, &what, &found, &floats(after), 1e-5);
            }
        }
        let kept = optimizer.variables().expect("variables");
        let sizes: Vec<usize> = kept.iter().map(|(_, raw)| raw.shape().iter().product()).collect();
        if sizes != shape(case, "sizes") {
            wrong.push(format!("{}: it keeps {sizes:?}, Keras {:?}", id(case), shape(case, "sizes")));
        }
        // What is saved goes on as what was not.
        let named: Vec<(String, &Param)> = params.iter().map(|p| (p.path.clone(), p)).collect();
        let mut again = self::optimizer(id(case));
        again.set_state(&named, &optimizer.state().expect("a state")).expect("its own state");
        let found = again.variables().expect("variables");
        for ((name, a), (_, b)) in kept.iter().zip(&found) {
            assert_eq!(a.to_vec().expect("numbers"), b.to_vec().expect("numbers"), "{}: {name}", id(case));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn averages_are_the_weights_at_the_end() {
    let mut optimizer = SGD::new(1.0).use_ema(true).ema_momentum(0.5);
    let mut param = Param {
        id: ParamId::fresh(),
        path: "w".into(),
        value: raw(&[1.0], &[1]),
        trainable: true,
        trains: true,
        regularizer: Regularizer::None,
        constraint: Constraint::None,
    };
    for _ in 0..2 {
        optimizer.apply(&mut [&mut param], vec![Some(raw(&[1.0], &[1]))]).expect("a step");
    }
    // The weights 0 and -1: the average is 0, then half way to -1.
    assert_eq!(param.value.to_vec().expect("numbers"), [-1.0]);
    optimizer.finalize(&mut [&mut param]).expect("averages");
    assert_eq!(param.value.to_vec().expect("numbers"), [-0.5]);
}

#[test]
fn a_step_with_infinite_gradients_is_left_out() {
    let mut optimizer = LossScaleOptimizer::new(SGD::new(1.0)).initial_scale(4.0);
    let mut param = Param {
        id: ParamId::fresh(),
        path: "w".into(),
        value: raw(&[1.0], &[1]),
        trainable: true,
        trains: true,
        regularizer: Regularizer::None,
        constraint: Constraint::None,
    };
    optimizer.apply(&mut [&mut param], vec![Some(raw(&[f32::INFINITY], &[1]))]).expect("a step");
    assert_eq!((param.value.to_vec().expect("numbers")[0], optimizer.dynamic_scale()), (1.0, 2.0));
    optimizer.apply(&mut [&mut param], vec![Some(raw(&[2.0], &[1]))]).expect("a step");
    assert_eq!(param.value.to_vec().expect("numbers"), [0.0]);
}
