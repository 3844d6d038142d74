//! Six small models against real Keras: forward, loss, every gradient, and the weights after 1, 5 and
//! 20 steps of Adam. The numbers are Keras 3.15's on torch; `tests/fixtures/numbers` holds them.

use std::path::Path;
use std::sync::Arc;

use keras_core::prelude::*;
use keras_core::tensor::{IntoInputs, IntoTargets, Shapes};
use keras_core::training::TargetOf;
use keras_core::training::losses::{Losses, MetricsFor};
use keras_tests::{Archive, close};
use ndarray::ArrayD;

fn archive(name: &str) -> Arc<Archive> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/numbers");
    Archive::at(&fixtures.join(format!("{name}.npz")))
}

/// Input and target of a fixture; fixtures live as long as the program.
fn data(name: &str) -> (&'static ArrayD<f32>, &'static ArrayD<f32>) {
    let archive = archive(name);
    (Box::leak(Box::new(archive.get("x"))), Box::leak(Box::new(archive.get("y"))))
}

/// The array below `prefix` of each weight.
fn group(archive: &Archive, prefix: &str, model: &impl Model) -> Vec<ndarray::ArrayD<f32>> {
    model
        .weights()
        .iter()
        .map(|(path, _)| {
            let sequential = format!("{prefix}/sequential/{path}");
            let name = if archive.has(&sequential) { sequential } else { format!("{prefix}/{path}") };
            archive.get(&name)
        })
        .collect()
}

/// `fixture` and the data of the archive against a model; `X` and `Y` are what the model is fed.
fn check<M, L, X, Y>(name: &str, model: M, loss: L, x: X, y: Y)
where
    M: Model,
    L: Losses<M::Outputs>,
    X: IntoInputs<'static, M::Inputs> + Copy,
    Y: IntoTargets<'static, TargetOf<M, L>> + Copy,
    M::Outputs: Shapes<Tensors = Tensor<M::Output>>,
    M::Inputs: Shapes,
    (): MetricsFor<M::Outputs>,
{
    let archive = archive(name);
    let mut model = model.compile(Adam::new(1e-3), loss, ());
    let init = group(&archive, "init", &*model);
    let raws: Vec<Raw> = init
        .iter()
        .map(|w| Raw::from_f32(w.iter().copied().collect(), w.shape()).expect("a tensor"))
        .collect();
    model.set_weights(&raws).expect("Keras's weights fit");
    let forward = model.predict(x).expect("a prediction").to_vec().expect("numbers");
    close("forward", &forward, &archive.get("forward"), 1e-5);
    let (loss, gradients) = model.gradients(x, y).expect("gradients");
    let wanted = archive.get("loss").iter().copied().next().expect("a loss");
    assert!((loss - f64::from(wanted)).abs() < 1e-5, "loss {loss}, Keras's is {wanted}");
    for (i, (found, wanted)) in gradients.iter().zip(group(&archive, "grad", &*model)).enumerate() {
        let found = found.as_ref().expect("a gradient").to_vec().expect("numbers");
        close_relative(&format!("gradient {i}"), &found, &wanted);
    }
    for step in 1..=20 {
        model.train_on_batch(x, y).expect("a step");
        if ![1, 5, 20].contains(&step) {
            continue;
        }
        let wanted = group(&archive, &format!("step{step}"), &*model);
        for ((path, found), wanted) in model.weights().iter().zip(wanted) {
            close_relative(&format!("{path} after step {step}"), &found.to_vec().expect("numbers"), &wanted);
        }
    }
}

/// Within 1e-4 of the largest number of the tensor.
fn close_relative(what: &str, found: &[f32], wanted: &ndarray::ArrayD<f32>) {
    let scale = wanted.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (i, (f, w)) in found.iter().zip(wanted.iter()).enumerate() {
        assert!((f - w).abs() <= 1e-4 * scale, "{what}: element {i} is {f}, Keras's is {w}");
    }
}

#[test]
fn lstm() {
    let model = model!(
        Input(None, 50) => LSTM(64, return_sequences = true) => LSTM(32) => Dense(10, activation = softmax)
    );
    let (x, y) = data("lstm");
    check("lstm", model, CategoricalCrossentropy::new(), x, y);
}

#[test]
fn mlp() {
    let model = model!(Input(28, 28) => Flatten() => Dense(128, activation = relu) => Dense(10, activation = softmax));
    let (x, y) = data("mlp");
    check("mlp", model, CategoricalCrossentropy::new(), x, y);
}

#[test]
fn cnn() {
    let model = model!(
        Input(28, 28, 1)
            => Conv2D(32, (3, 3), activation = relu)
            => MaxPooling2D((2, 2))
            => Conv2D(64, (3, 3), activation = relu)
            => MaxPooling2D((2, 2))
            => Flatten()
            => Dense(10, activation = softmax)
    );
    let (x, y) = data("cnn");
    check("cnn", model, CategoricalCrossentropy::new(), x, y);
}

#[test]
fn rnn() {
    let model = model!(Input(None, 100) => SimpleRNN(50) => Dense(1, activation = sigmoid));
    let (x, y) = data("rnn");
    check("rnn", model, BinaryCrossentropy::new(), x, y);
}

#[test]
fn timedist() {
    let model = model!(
        Input(None, 50)
            => TimeDistributed(Dense(64, activation = relu))
            => LSTM(32)
            => Dense(10, activation = softmax)
    );
    let (x, y) = data("timedist");
    check("timedist", model, CategoricalCrossentropy::new(), x, y);
}

model! {
    /// Two inputs by name.
    pub struct ReviewScorer {
        let demographics = Input(5);
        let reviews = Input(200);
        let person = demographics => Dense(16, activation = relu);
        let text = reviews => Dense(64, activation = relu);
        [person, text] => Concatenate() => Dense(1, activation = sigmoid)
    }
}

#[test]
fn multi() {
    let archive = archive("multi");
    let demographics: &'static ArrayD<f32> = Box::leak(Box::new(archive.get("x0")));
    let reviews: &'static ArrayD<f32> = Box::leak(Box::new(archive.get("x1")));
    let y: &'static ArrayD<f32> = Box::leak(Box::new(archive.get("y")));
    let x = ReviewScorerInputs { demographics, reviews };
    check("multi", ReviewScorer::new(), BinaryCrossentropy::new(), x, y);
    check("multi", ReviewScorer::new(), BinaryCrossentropy::new(), (demographics, reviews), y);
}
