//! Models of files whose losses and metrics go by the names of their outputs, or are missing for some
//! (`tests/keras/make_file_outputs.py`), train as Keras trains them.

use keras_core::Result;
use keras_core::prelude::*;
use keras_core::training::losses::NoLoss;
use keras_tests::json::{floats, near};
use ndarray::{Array2, ArrayD, Ix2};
use serde_json::Value;

use super::keras_files::fixture;

fn keras() -> Value {
    serde_json::from_str(include_str!("../../fixtures/keras_files/outputs.json")).expect("JSON")
}

/// Inputs, numbers and class numbers.
fn data(keras: &Value) -> [ArrayD<f32>; 3] {
    [("x", 3), ("y", 2), ("ids", 1)].map(|(name, width)| {
        let shape: &[usize] = if width == 1 { &[11] } else { &[11, width] };
        ArrayD::from_shape_vec(shape, floats(&keras[name])).expect("numbers")
    })
}

/// Names in their order and values of a history.
#[track_caller]
fn same(name: &str, history: &History, wanted: &Value) {
    let wanted = wanted.as_array().expect("a history");
    let names: Vec<&str> = wanted.iter().filter_map(|pair| pair[0].as_str()).collect();
    assert_eq!(history.names().collect::<Vec<_>>(), names, "{name}");
    for (pair, (metric, found)) in wanted.iter().zip(history.iter()) {
        let found: Vec<f32> = found.iter().map(|x| *x as f32).collect();
        near(&format!("{name}: {metric}"), &found, &floats(&pair[1]), 1e-5);
    }
}

fn trained(name: &str, targets: &[&ArrayD<f32>]) -> Result<()> {
    let keras = keras();
    let [x, ..] = data(&keras);
    let inputs = &[&x][..];
    let mut model = load_model(fixture(&format!("outputs_{name}.keras")))?.compiled()?;
    let fit = model.fit(inputs, targets).batch_size(4).epochs(2).shuffle(false);
    let history = fit.validation_split(0.3).verbose(0).run()?;
    same(name, &history, &keras[name]["history"]);
    for ((path, found), wanted) in
        model.weights().iter().zip(keras[name]["after"].as_array().expect("weights"))
    {
        near(&format!("{name}: {path}"), &found.to_vec()?, &floats(wanted), 1e-5);
    }
    // What is written again says the same of its training.
    let folder = tempfile::tempdir().expect("a folder");
    let again = folder.path().join("again.keras");
    model.save(&again)?;
    let (before, mut again) =
        (model.evaluate(inputs, targets).verbose(0).run()?, load_model(&again)?.compiled()?);
    let after = again.evaluate(inputs, targets).verbose(0).run()?;
    near(name, &[after.loss() as f32], &[before.loss() as f32], 1e-6);
    assert_eq!(after.iter().count(), before.iter().count(), "{after} instead of {before}");
    Ok(())
}

/// A dictionary has its outputs in the order of its keys, and logs call them so.
#[test]
fn outputs_of_a_dictionary_go_by_its_words() -> Result<()> {
    let [_, y, ids] = data(&keras());
    trained("named", &[&y, &ids])
}

#[test]
fn an_output_without_a_loss_is_not_trained_and_counted() -> Result<()> {
    let [_, y, ids] = data(&keras());
    trained("partial", &[&ids, &y])
}

/// The same model in Rust: class numbers are counted by metrics of files alone, so the first output has no metric.
#[test]
fn no_loss_in_a_tuple_is_that_of_keras() -> Result<()> {
    let keras = keras();
    let [x, y, _] = data(&keras);
    let (x, y): (Array2<f32>, Array2<f32>) =
        (x.into_dimensionality::<Ix2>().expect("rows"), y.into_dimensionality::<Ix2>().expect("rows"));
    let mut model = model! {
        let x = Input(3);
        let shared = x => Dense(4, activation = tanh);
        let first = shared => Dense(3, activation = softmax);
        let second = shared => Dense(2);
        (first, second)
    };
    let file = load_model(fixture("outputs_partial.keras"))?;
    model.set_weights(&file.weights().into_iter().map(|(_, weight)| weight).collect::<Vec<_>>())?;
    let mut model = model.compile(SGD::new(0.1), (NoLoss, MeanSquaredError), ((), "mae"));
    let unused = Array2::<f32>::from_elem((11, 3), f32::NAN);
    let fit = model.fit(&x, (&unused, &y)).batch_size(4).epochs(2).shuffle(false);
    let history = fit.validation_split(0.3).verbose(0).run()?;
    for name in ["loss", "val_loss"] {
        let wanted =
            keras["partial"]["history"].as_array().and_then(|all| all.iter().find(|pair| pair[0] == name));
        let found: Vec<f32> = history[name].iter().map(|x| *x as f32).collect();
        near(name, &found, &floats(&wanted.expect("a loss")[1]), 1e-5);
    }
    assert_eq!(history.names().collect::<Vec<_>>(), ["dense_2_mae", "loss", "val_dense_2_mae", "val_loss"]);
    Ok(())
}

#[test]
fn a_model_without_any_loss_is_refused() -> Result<()> {
    let mut model = model!(Input(3) => Dense(2)).compile("sgd", NoLoss, ());
    let (x, y) = (Array2::<f32>::ones((4, 3)), Array2::<f32>::ones((4, 2)));
    let told = model.fit(&x, &y).verbose(0).run().expect_err("nothing to train").to_string();
    assert!(told.contains("no output has a loss"), "{told}");
    Ok(())
}

/// A loss that is none stays none, however it would be reduced.
#[test]
fn no_loss_with_a_reduction_is_not_logged() -> Result<()> {
    let model = model! {
        let x = Input(3);
        (x => Dense(2), x => Dense(1), x => Dense(1))
    };
    let losses = (NoLoss.reduction("sum"), MeanSquaredError, MeanSquaredError);
    let mut model = model.compile("sgd", losses, ((), (), ()));
    let (x, y, z) = (Array2::<f32>::ones((4, 3)), Array2::<f32>::ones((4, 2)), Array2::<f32>::ones((4, 1)));
    let history = model.fit(&x, (&y, &z, &z)).verbose(0).run()?;
    assert_eq!(history.names().collect::<Vec<_>>(), ["dense_1_loss", "dense_2_loss", "loss"]);
    Ok(())
}

/// Nothing flows back from an output without a loss: zeros would become NaN where a slope is infinite.
#[test]
fn an_infinite_slope_behind_no_loss_is_not_met() -> Result<()> {
    let model = model! {
        let x = Input(2);
        let shared = x => Dense(2, kernel_initializer = "zeros");
        (ops::log(shared), shared => Dense(1))
    };
    let mut model = model.compile("sgd", (NoLoss, MeanSquaredError), ((), ()));
    let (x, y, z) = (Array2::<f32>::ones((4, 2)), Array2::<f32>::ones((4, 2)), Array2::<f32>::ones((4, 1)));
    model.fit(&x, (&y, &z)).epochs(2).verbose(0).run()?;
    for (name, weight) in model.weights() {
        let numbers = weight.to_vec()?;
        assert!(
            numbers.iter().all(|w| w.is_finite()) && numbers.iter().any(|w| *w != 0.0),
            "{name}: {numbers:?}"
        );
    }
    Ok(())
}
