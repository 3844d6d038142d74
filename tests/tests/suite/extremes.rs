//! What becomes of infinities, NaN, numbers whose squares overflow, ties and saturated probabilities, against real Keras
//! (`tests/keras/make_extremes.py`), in plans and in Burn code.

use keras_core::engine::without;
use keras_core::param::Param;
use keras_core::prelude::*;
use keras_core::training::metrics::{self, Metric};
use keras_core::training::optimizers::OwnGradient;
use keras_tests::Archive;
use ndarray::{Array2, ArrayD, Axis as NdAxis};

const FIRST: NdAxis = NdAxis(0);

fn archive() -> std::sync::Arc<Archive> {
    Archive::open("extremes")
}

fn numbers(array: &ArrayD<f32>) -> Vec<f32> {
    array.iter().copied().collect()
}

fn raw(values: &[f32], shape: &[usize]) -> Raw {
    Raw::from_f32(values.to_vec(), shape).expect("a tensor")
}

/// The cases of a kind: the second parts of the arrays' names.
fn names(kind: &str) -> Vec<String> {
    let mut names: Vec<String> = archive()
        .names()
        .iter()
        .filter_map(|name| {
            let mut parts = name.split('/');
            (parts.next() == Some(kind)).then(|| parts.next().unwrap_or_default().to_string())
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Number by number, each relative to its own size: beside a large number a small one counts as well. What XLA takes for
/// 0 may be below the normal numbers here.
fn differences(what: &str, found: &[f32], wanted: &[f32], tolerance: f32) -> Vec<String> {
    assert_eq!(found.len(), wanted.len(), "{what}: number of elements");
    let same = |f: f32, w: f32| {
        f == w || (f.is_nan() && w.is_nan()) || (f - w).abs() <= (tolerance * w.abs()).max(1e-37)
    };
    let pairs = found.iter().zip(wanted).enumerate();
    pairs
        .filter(|(_, (f, w))| !same(**f, **w))
        .map(|(i, (f, w))| format!("{what}: element {i} is {f}, Keras's is {w}"))
        .collect()
}

// ---------------------------------------------------------------------------------------------------------- layers

type OneToOne<M> = Of<<M as Model>::Input>;

/// Runs a model whose weights are what its layers see.
fn layer<M>(name: &str, model: M, burn: bool, found: &mut Vec<String>)
where
    M: Model<Inputs = OneToOne<M>, Outputs = Of<<M as Model>::Output>>,
{
    let archive = archive();
    let get = |what: &str| archive.get(&format!("layer/{name}/{what}"));
    let mut model = model.compile(SGD::new(0.1), MeanAbsoluteError::new(), ());
    let tables = archive.numbered(&format!("layer/{name}/e"));
    let mut weights = model.weights().into_iter().map(|(_, raw)| raw).collect::<Vec<_>>();
    for (weight, table) in weights.iter_mut().zip(&tables) {
        *weight = raw(&numbers(table), table.shape());
    }
    model.set_weights(&weights).expect("the weights fit");
    let n = tables[0].shape()[0];
    let x = Array2::from_shape_fn((1, n), |(_, i)| i as i32).into_dyn();
    let (mut y, t) = (numbers(&get("y")), get("t"));
    let predicted = model.predict(&x).expect("outputs").to_vec().expect("numbers");
    if name == "Dot_normalize" {
        // Two products of 5e-24 cancel: what is left of them is rounding.
        let pairs = y.iter_mut().zip(&predicted).filter(|(y, found)| (**y - **found).abs() <= 1e-30);
        pairs.for_each(|(y, found)| *y = *found);
    }
    found.extend(differences(&format!("{name}: output"), &predicted, &y, 1e-6));
    let (_, gradients) = model.gradients(&x, &t).expect("gradients");
    // Where the gradient of a window with NaN goes is Burn's choice in Burn code, and what NaN itself gets; beside padding
    // Keras loses it.
    if (burn || name.contains("same")) && name.starts_with("MaxPooling") && y.iter().any(|y| y.is_nan()) {
        return;
    }
    for (i, table) in tables.iter().enumerate() {
        let gradient = gradients[i].as_ref().map(|g| g.to_vec().expect("numbers")).expect("a gradient");
        let mut wanted = numbers(&get(&format!("g{i}")));
        let entries = wanted.iter_mut().zip(&gradient).zip(table);
        entries.filter(|(_, x)| burn && x.is_nan()).for_each(|((wanted, found), _)| *wanted = *found);
        found.extend(differences(&format!("{name}: gradient {i}"), &gradient, &wanted, 1e-5));
    }
}

/// Runs the models of all cases.
fn layers(burn: bool) -> Vec<String> {
    let (mut found, mut seen) = (Vec::new(), Vec::new());
    macro_rules! cases {
        ($($name:literal: ($($model:tt)*);)*) => { $(
            layer($name, model!($($model)*), burn, &mut found);
            seen.push($name.to_string());
        )* };
    }
    cases! {
        "Maximum2": (let ids = Input(18, dtype = int32); [ids => Embedding(18, 1), ids => Embedding(18, 1)] => Maximum());
        "Maximum2_wide": (let ids = Input(18, dtype = int32); [ids => Embedding(18, 19), ids => Embedding(18, 19)] => Maximum());
        "Maximum3": (let ids = Input(18, dtype = int32); [ids => Embedding(18, 1), ids => Embedding(18, 1), ids => Embedding(18, 1)] => Maximum());
        "Minimum2": (let ids = Input(18, dtype = int32); [ids => Embedding(18, 1), ids => Embedding(18, 1)] => Minimum());
        "Minimum2_wide": (let ids = Input(18, dtype = int32); [ids => Embedding(18, 19), ids => Embedding(18, 19)] => Minimum());
        "Minimum3": (let ids = Input(18, dtype = int32); [ids => Embedding(18, 1), ids => Embedding(18, 1), ids => Embedding(18, 1)] => Minimum());
        "MaxPooling1D_valid_1": (Input(25, dtype = int32) => Embedding(25, 1) => MaxPooling1D(2, strides = 1, padding = valid));
        "MaxPooling2D_valid_1": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((5, 5, 1)) => MaxPooling2D(2, strides = 1, padding = valid));
        "MaxPooling2D_wide_valid_1": (Input(25, dtype = int32) => Embedding(25, 19) => Reshape((5, 5, 19)) => MaxPooling2D(2, strides = 1, padding = valid));
        "MaxPooling1D_valid_2": (Input(25, dtype = int32) => Embedding(25, 1) => MaxPooling1D(2, strides = 2, padding = valid));
        "MaxPooling2D_valid_2": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((5, 5, 1)) => MaxPooling2D(2, strides = 2, padding = valid));
        "MaxPooling2D_wide_valid_2": (Input(25, dtype = int32) => Embedding(25, 19) => Reshape((5, 5, 19)) => MaxPooling2D(2, strides = 2, padding = valid));
        "MaxPooling1D_same_1": (Input(25, dtype = int32) => Embedding(25, 1) => MaxPooling1D(2, strides = 1, padding = same));
        "MaxPooling2D_same_1": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((5, 5, 1)) => MaxPooling2D(2, strides = 1, padding = same));
        "MaxPooling2D_wide_same_1": (Input(25, dtype = int32) => Embedding(25, 19) => Reshape((5, 5, 19)) => MaxPooling2D(2, strides = 1, padding = same));
        "MaxPooling1D_same_2": (Input(25, dtype = int32) => Embedding(25, 1) => MaxPooling1D(2, strides = 2, padding = same));
        "MaxPooling2D_same_2": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((5, 5, 1)) => MaxPooling2D(2, strides = 2, padding = same));
        "MaxPooling2D_wide_same_2": (Input(25, dtype = int32) => Embedding(25, 19) => Reshape((5, 5, 19)) => MaxPooling2D(2, strides = 2, padding = same));
        "MaxPooling2D_3_valid": (Input(25, dtype = int32) => Embedding(25, 19) => Reshape((5, 5, 19)) => MaxPooling2D(3, strides = 2));
        "MaxPooling2D_3_same": (Input(25, dtype = int32) => Embedding(25, 19) => Reshape((5, 5, 19)) => MaxPooling2D(3, padding = same));
        "MaxPooling2D_ties": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((5, 5, 1)) => MaxPooling2D(3, strides = 1, padding = same));
        "MaxPooling2D_first": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((1, 5, 5)) => MaxPooling2D(2, data_format = channels_first));
        "AveragePooling2D_same": (Input(25, dtype = int32) => Embedding(25, 1) => Reshape((5, 5, 1)) => AveragePooling2D(2, padding = same));
        "GlobalMaxPooling1D": (Input(5, dtype = int32) => Embedding(5, 20) => GlobalMaxPooling1D());
        "GlobalAveragePooling1D": (Input(5, dtype = int32) => Embedding(5, 20) => GlobalAveragePooling1D());
        "GlobalMaxPooling2D": (Input(4, dtype = int32) => Embedding(4, 6) => Reshape((2, 2, 6)) => GlobalMaxPooling2D());
        "GlobalAveragePooling2D": (Input(4, dtype = int32) => Embedding(4, 6) => Reshape((2, 2, 6)) => GlobalAveragePooling2D());
        "ReLU": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU());
        "ReLU_max6": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU(max_value = 6.0));
        "ReLU_max2": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU(max_value = 2.0));
        "ReLU_slope": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU(negative_slope = 0.1));
        "ReLU_threshold": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU(threshold = 0.5));
        "ReLU_threshold_slope": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU(negative_slope = 0.1, threshold = 0.5));
        "ReLU_all": (Input(18, dtype = int32) => Embedding(18, 19) => ReLU(max_value = 2.0, negative_slope = 0.1, threshold = 0.5));
        "LeakyReLU": (Input(18, dtype = int32) => Embedding(18, 19) => LeakyReLU(negative_slope = 0.2));
        "ELU": (Input(18, dtype = int32) => Embedding(18, 19) => ELU());
        "ELU_half": (Input(18, dtype = int32) => Embedding(18, 19) => ELU(alpha = 0.5));
        "PReLU": (Input(18, dtype = int32) => Embedding(18, 19) => PReLU(alpha_initializer = Constant(0.25)));
        "Dot_normalize": (let ids = Input(10, dtype = int32); [ids => Embedding(10, 2), ids => Embedding(10, 2)] => Dot(axes = (2, 2), normalize = true));
    }
    seen.sort();
    assert_eq!(seen, names("layer"), "the cases");
    found
}

#[test]
fn layers_as_keras() {
    let found = layers(false);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let found = without(|| layers(true));
    assert!(found.is_empty(), "Burn code: {}", found.join("\n"));
}

// ---------------------------------------------------------------------------------------------------------- losses

/// The loss of each row, and the gradient of the row where it is the only one, from a model whose weights are the rows.
macro_rules! loss {
    ($name:expr, $loss:expr, $found:expr) => {{
        let (archive, name) = (archive(), $name);
        let get = |what: &str| archive.get(&format!("loss/{name}/{what}"));
        let (t, p, none, g) = (get("t"), get("p"), numbers(&get("none")), get("g"));
        let mut model = model!(Input(1, dtype = int32) => Embedding(12, 3) => Flatten())
            .compile(SGD::new(0.1), $loss, ());
        let mut rows = numbers(&p);
        rows.resize(36, 0.0);
        model.set_weights(&[raw(&rows, &[12, 3])]).expect("the weights fit");
        for (row, wanted) in none.iter().enumerate() {
            let x = Array2::from_elem((1, 1), row as i32);
            let t = t.index_axis(FIRST, row).insert_axis(FIRST).to_owned();
            let (value, gradients) = model.gradients(&x, &t).expect("gradients");
            let gradient = gradients[0].as_ref().map(|g| g.to_vec().expect("numbers")).expect("a gradient");
            let mut g: Vec<f32> = g.index_axis(FIRST, row).iter().copied().collect();
            if name == "Huber" {
                // Keras on JAX makes NaN of the branch that is not taken where twice the difference overflows.
                let rows = p.index_axis(FIRST, row).to_owned() - t.index_axis(FIRST, 0);
                for (g, error) in g.iter_mut().zip(&rows).filter(|(g, error)| g.is_nan() && error.is_finite()) {
                    *g = error.signum() / 3.0;
                }
            }
            let of = |what: &str| format!("{name} of row {row}: {what}");
            // A class that is not the target and whose logit is minus infinity costs nothing here; Keras on JAX makes NaN
            // of it, with a gradient as of nothing.
            let infinite = p.index_axis(FIRST, row).iter().any(|p| *p == f32::NEG_INFINITY);
            let impossible = name.contains("CategoricalCrossentropy_logits") && infinite && !g.iter().any(|g| g.is_nan());
            // The gradient of a length whose square is infinite is 0, not NaN.
            if name == "CosineSimilarity" && value.is_finite() && g.iter().any(|g| g.is_nan()) {
                assert!(gradient.iter().all(|g| g.is_finite()), "{name} of row {row}");
                continue;
            }
            if impossible && wanted.is_nan() {
                assert!(value.is_finite(), "{name} of row {row}");
            } else {
                $found.extend(differences(&of("loss"), &[value as f32], &[*wanted], 1e-5));
            }
            $found.extend(differences(&of("gradient"), &gradient[row * 3..row * 3 + 3], &g, 1e-4));
        }
        name.to_string()
    }};
}

fn losses() -> Vec<String> {
    let (mut found, mut seen) = (Vec::new(), Vec::new());
    macro_rules! logits {
        ($($name:literal: $loss:expr;)*) => { $(
            for target in 0..2 {
                seen.push(loss!(format!("{}_{target}", $name), $loss, found));
                seen.push(loss!(format!("{}_logits_{target}", $name), $loss.from_logits(true), found));
            }
        )* };
    }
    logits! {
        "CategoricalCrossentropy": CategoricalCrossentropy::new();
        "CategoricalCrossentropy_smooth": CategoricalCrossentropy::new().label_smoothing(0.1);
        "BinaryCrossentropy": BinaryCrossentropy::new();
        "BinaryCrossentropy_smooth": BinaryCrossentropy::new().label_smoothing(0.1);
        "BinaryFocalCrossentropy": BinaryFocalCrossentropy::new();
        "CategoricalFocalCrossentropy": CategoricalFocalCrossentropy::new();
        "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy::new();
    }
    macro_rules! plain {
        ($($name:literal: $loss:expr;)*) => { $( seen.push(loss!($name, $loss, found)); )* };
    }
    plain! {
        "MeanSquaredError": MeanSquaredError::new();
        "MeanAbsoluteError": MeanAbsoluteError::new();
        "MeanAbsolutePercentageError": MeanAbsolutePercentageError::new();
        "MeanSquaredLogarithmicError": MeanSquaredLogarithmicError::new();
        "LogCosh": LogCosh::new();
        "Huber": Huber::new();
        "CosineSimilarity": CosineSimilarity::new();
        "Hinge": Hinge::new();
        "SquaredHinge": SquaredHinge::new();
        "Poisson": Poisson::new();
        "CategoricalHinge": CategoricalHinge::new();
        "KLDivergence": KLDivergence::new();
        "Poisson_p": Poisson::new();
    }
    seen.sort();
    assert_eq!(seen, names("loss"), "the cases");
    found
}

#[test]
fn losses_as_keras() {
    let found = losses();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let found = without(losses);
    assert!(found.is_empty(), "Burn code: {}", found.join("\n"));
}

// ------------------------------------------------------------------------------------------------------ optimisers

fn param(values: &[f32]) -> Param {
    Param::new("kernel", raw(values, &[values.len()]))
}

/// A step, as plans make it or on tensors.
fn step(optimizer: &mut dyn Optimizer, params: &mut [Param], gradients: &[Vec<f32>], in_place: bool) {
    let mut params: Vec<&mut Param> = params.iter_mut().collect();
    if in_place {
        let mut gradients = gradients.to_vec();
        let mut own: Vec<_> = gradients.iter_mut().map(|g| Some(OwnGradient::Whole(g))).collect();
        return optimizer.apply_in_place(&mut params, &mut own).expect("a step");
    }
    let gradients = gradients.iter().map(|g| Some(raw(g, &[g.len()]))).collect();
    optimizer.apply(&mut params, gradients).expect("a step");
}

fn optimizer(name: &str) -> Box<dyn Optimizer> {
    match name {
        "SGD" => Box::new(SGD::new(0.1)),
        "SGD_momentum" => Box::new(SGD::new(0.1).momentum(0.9)),
        "SGD_nesterov" => Box::new(SGD::new(0.1).momentum(0.9).nesterov(true)),
        "SGD_decay" => Box::new(SGD::new(0.1).weight_decay(0.1)),
        "SGD_clipvalue" => Box::new(SGD::new(0.1).clipvalue(0.5)),
        "Adam" => Box::new(Adam::new(0.1)),
        "Adam_small_epsilon" => Box::new(Adam::new(0.1).epsilon(1e-18)),
        "Adam_amsgrad" => Box::new(Adam::new(0.1).amsgrad(true)),
        "Adam_clipvalue" => Box::new(Adam::new(0.1).clipvalue(0.5)),
        "AdamW" => Box::new(AdamW::new(0.1)),
        "RMSprop" => Box::new(RMSprop::new(0.1)),
        "RMSprop_small_epsilon" => Box::new(RMSprop::new(0.1).epsilon(1e-30)),
        "RMSprop_both" => Box::new(RMSprop::new(0.1).momentum(0.9).centered(true)),
        "Adamax" => Box::new(Adamax::new(0.1)),
        "Adagrad" => Box::new(Adagrad::new(0.1)),
        "Adadelta" => Box::new(Adadelta::new(0.1)),
        "Nadam" => Box::new(Nadam::new(0.1)),
        "Lion" => Box::new(Lion::new(0.1)),
        name => panic!("no optimiser {name}"),
    }
}

#[test]
fn optimizers_as_keras() {
    let archive = archive();
    let gradients = [numbers(&archive.get("optimizer/g")), vec![3.0, 4.0], vec![0.0; 2]];
    let names: Vec<String> = names("optimizer").into_iter().filter(|name| name != "g").collect();
    assert_eq!(names.len(), 18);
    let mut found = Vec::new();
    for (name, in_place) in names.iter().flat_map(|name| [(name, true), (name, false)]) {
        let mut optimizer = optimizer(name);
        let mut params = [18, 2, 2].map(|n| param(&vec![1.0; n]));
        for number in 0..3 {
            step(&mut *optimizer, &mut params, &gradients, in_place);
            if number == 1 {
                continue;
            }
            for (i, param) in params.iter().enumerate() {
                let wanted = archive.get(&format!("optimizer/{name}/w{i}"));
                let wanted: Vec<f32> = wanted.index_axis(FIRST, number / 2).iter().copied().collect();
                let what = format!("{name}, in place: {in_place}, step {number}, weight {i}");
                found.extend(differences(&what, &param.value().to_vec().expect("numbers"), &wanted, 2e-5));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn clipping_as_keras() {
    let archive = archive();
    let all = archive.get("clip/g");
    let mut found = Vec::new();
    let names = ["clipnorm", "global_clipnorm", "clipvalue"];
    for (name, in_place) in names.into_iter().flat_map(|name| [(name, true), (name, false)]) {
        let wanted = archive.get(&format!("clip/{name}"));
        for (row, g) in all.axis_iter(FIRST).enumerate() {
            let sgd = SGD::new(1.0);
            let mut sgd = match name {
                "clipnorm" => sgd.clipnorm(0.5),
                "global_clipnorm" => sgd.global_clipnorm(0.5),
                _ => sgd.clipvalue(0.5),
            };
            let mut params = [2, 2].map(|n| param(&vec![1.0; n]));
            step(&mut sgd, &mut params, &[g.iter().copied().collect(), vec![0.3, 0.4]], in_place);
            let after: Vec<f32> = params.iter().flat_map(|p| p.value().to_vec().expect("numbers")).collect();
            let wanted: Vec<f32> = wanted.index_axis(FIRST, row).iter().copied().collect();
            let what = format!("{name}, in place: {in_place}, row {row}");
            found.extend(differences(&what, &after, &wanted, 1e-6));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

// --------------------------------------------------------------------------------------------------------- metrics

fn metric(name: &str) -> Box<dyn Metric> {
    match name.trim_end_matches(|c: char| c == '_' || c.is_ascii_digit()) {
        "MeanSquaredError" => Box::new(metrics::MeanSquaredError::new()),
        "MeanAbsoluteError" => Box::new(metrics::MeanAbsoluteError::new()),
        "RootMeanSquaredError" => Box::new(RootMeanSquaredError::new()),
        "MeanAbsolutePercentageError" => Box::new(metrics::MeanAbsolutePercentageError::new()),
        "MeanSquaredLogarithmicError" => Box::new(metrics::MeanSquaredLogarithmicError::new()),
        "BinaryAccuracy" => Box::new(BinaryAccuracy::new()),
        "CategoricalAccuracy" => Box::new(CategoricalAccuracy::new()),
        "TopKCategoricalAccuracy" => Box::new(TopKCategoricalAccuracy::new().k(2)),
        "SparseCategoricalAccuracy" => Box::new(SparseCategoricalAccuracy::new()),
        "SparseTopKCategoricalAccuracy" => Box::new(SparseTopKCategoricalAccuracy::new().k(2)),
        "Precision" => Box::new(Precision::new()),
        "Recall" => Box::new(Recall::new()),
        "AUC" => Box::new(AUC::new()),
        name => panic!("no metric {name}"),
    }
}

#[test]
fn metrics_as_keras() {
    let archive = archive();
    let names = names("metric");
    assert_eq!(names.len(), 23);
    let mut found = Vec::new();
    for name in &names {
        let get = |what: &str| archive.get(&format!("metric/{name}/{what}"));
        let (t, p, wanted) = (get("t"), get("p"), numbers(&get("result")));
        for (row, wanted) in wanted.iter().enumerate() {
            let of =
                |array: &ArrayD<f32>| -> Vec<f32> { array.index_axis(FIRST, row).iter().copied().collect() };
            let (t, p) = (of(&t), of(&p));
            let mut metric = metric(name);
            metric.update(&t, &[1, t.len()], &p, &[1, p.len()], None).expect("a batch");
            found.extend(differences(
                &format!("{name}, row {row}"),
                &[metric.result() as f32],
                &[*wanted],
                1e-5,
            ));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// By Keras 3.15: a sum of weights of 0 gives a loss of 0, whatever the losses are.
#[test]
fn where_nothing_counts_there_is_no_loss() {
    let x = Array2::from_shape_vec((1, 2), vec![f32::NAN, 1e30]).expect("an array");
    let y = Array2::<f32>::zeros((1, 2));
    let losses = MeanSquaredError::new().reduction("mean_with_sample_weight");
    let mut model = model!(Input(2) => Activation(linear)).compile(SGD::new(0.1), losses, ());
    let logs = model.evaluate(&x, &y).sample_weight(&[0.0]).verbose(0).run().expect("an evaluation");
    assert_eq!(logs.loss(), 0.0);
}
