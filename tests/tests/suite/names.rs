//! Optimisers and metrics by Keras's names.

use keras_core::prelude::*;
use ndarray::{Array1, Array2};

fn data() -> (Array2<f32>, Array1<u8>) {
    let x = Array2::from_shape_fn((24, 4), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 11.0);
    let y = Array1::from_shape_fn(24, |i| (i % 3) as u8);
    (x, y)
}

/// The weights after some steps of an optimiser.
fn weights_after(optimizer: impl keras_core::training::optimizers::IntoOptimizer) -> Vec<Vec<f32>> {
    let (x, y) = data();
    // Other tests set the seed of the process.
    let new = || model!(Input(4) => Dense(5, activation = tanh) => Dense(3, activation = softmax));
    let model = keras_core::device::with_seed(7, new);
    let mut model = model.compile(optimizer, SparseCategoricalCrossentropy::new(), ());
    for _ in 0..5 {
        model.train_on_batch(&x, &y).expect("a step");
    }
    model.weights().into_iter().map(|(_, raw)| raw.to_vec().expect("numbers")).collect()
}

#[test]
fn an_optimiser_by_name_has_the_defaults_of_keras() {
    // `keras.optimizers.get(name).get_config()`: learning rates, and what differs between the classes.
    assert_eq!(
        weights_after("adam"),
        weights_after(Adam::new(0.001).beta_1(0.9).beta_2(0.999).epsilon(1e-7))
    );
    assert_eq!(weights_after("SGD"), weights_after(SGD::new(0.01).momentum(0.0)));
    assert_eq!(weights_after("rmsprop"), weights_after(RMSprop::new(0.001).rho(0.9).epsilon(1e-7)));
    assert_eq!(weights_after("AdamW"), weights_after(AdamW::new(0.001).weight_decay(0.004)));
    assert_eq!(weights_after("adagrad"), weights_after(Adagrad::new(0.001).initial_accumulator_value(0.1)));
    assert_eq!(weights_after("adadelta"), weights_after(Adadelta::new(0.001).rho(0.95)));
    assert_eq!(weights_after("lion"), weights_after(Lion::new(0.001).beta_1(0.9).beta_2(0.99)));
    assert_eq!(weights_after(String::from("nadam")), weights_after(Nadam::new(0.001)));
    assert_eq!(weights_after("adamax"), weights_after(Adamax::new(0.001)));
    let boxed: Box<dyn Optimizer> = Box::new(SGD::new(0.1));
    assert_eq!(weights_after(boxed), weights_after(SGD::new(0.1)));
    assert_ne!(weights_after("adam"), weights_after("sgd"));
}

#[test]
fn accuracy_by_name_is_the_one_that_goes_with_loss_and_output() -> keras_core::Result<()> {
    let (x, y) = data();
    let one_hot = Array2::from_shape_fn((24, 3), |(i, j)| f32::from(u8::from(usize::from(y[i]) == j)));
    let binary = y.mapv(|class| u8::from(class == 0));

    let model = model!(Input(4) => Dense(3, activation = softmax));
    let mut sparse = model.clone().compile("sgd", SparseCategoricalCrossentropy::new(), ["accuracy"]);
    let mut named =
        model.clone().compile("sgd", SparseCategoricalCrossentropy::new(), SparseCategoricalAccuracy::new());
    let value = sparse.evaluate(&x, &y).verbose(0).run()?.get("accuracy");
    assert!(value.is_some());
    assert_eq!(value, named.evaluate(&x, &y).verbose(0).run()?.get("sparse_categorical_accuracy"));
    // The same predictions, the same classes in another form.
    let mut categorical =
        model.compile("sgd", CategoricalCrossentropy::new(), ("acc", "categorical_accuracy"));
    let found = categorical.evaluate(&x, &one_hot).verbose(0).run()?;
    assert_eq!((found.get("acc"), found.get("categorical_accuracy")), (value, value));

    let model = model!(Input(4) => Dense(1, activation = sigmoid));
    let mut model = model.compile("sgd", BinaryCrossentropy::new(), ["accuracy", "binary_accuracy", "bce"]);
    let found = model.evaluate(&x, &binary).verbose(0).run()?;
    assert_eq!(found.get("accuracy"), found.get("binary_accuracy"));
    assert!((found.get("bce").unwrap_or(0.0) - found.loss()).abs() < 1e-6);
    Ok(())
}

#[test]
fn metrics_are_logged_as_they_were_written() -> keras_core::Result<()> {
    // Keras: `metric_obj.name = identifier`.
    let (x, y) = data();
    let y = y.mapv(f32::from);
    let model = model!(Input(4) => Dense(1));
    let metrics = ("MSE", "mean_squared_error", "mae", "mape", "root_mean_squared_error");
    let mut model = model.compile("sgd", MeanSquaredError::new(), metrics);
    let found = model.evaluate(&x, &y).verbose(0).run()?;
    let names: Vec<&str> = found.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["MSE", "loss", "mae", "mape", "mean_squared_error", "root_mean_squared_error"]);
    assert_eq!(found.get("MSE"), found.get("mean_squared_error"));
    let root = found.get("root_mean_squared_error").unwrap_or(0.0);
    assert!((root * root - found.loss()).abs() < 1e-5 * found.loss().max(1.0));
    Ok(())
}

#[test]
fn a_name_that_nothing_has_is_an_error_of_the_first_use() {
    let (x, y) = data();
    let loss = SparseCategoricalCrossentropy::new;
    let model = model!(Input(4) => Dense(3, activation = softmax));
    let error =
        |result: keras_core::Result<keras_core::training::Evaluation>| result.unwrap_err().to_string();

    let mut wrong = model.clone().compile("adma", loss(), "accuracy");
    let found = error(wrong.evaluate(&x, &y).run());
    assert_eq!(found, "`compile`: there is no optimiser \"adma\"\nhelp: did you mean \"adam\"?");
    assert!(wrong.fit(&x, &y).run().is_err() && wrong.train_on_batch(&x, &y).is_err());
    let found = error(model.clone().compile("gradient descent", loss(), ()).evaluate(&x, &y).run());
    assert!(
        found.ends_with(
            "help: one of adadelta, adafactor, adagrad, adam, adamax, adamw, ftrl, lamb, lion, muon, nadam, rmsprop, \
             schedulefreeadamw, sgd"
        ),
        "{found}"
    );
    let found = error(model.clone().compile("adam", loss(), ["acuracy"]).evaluate(&x, &y).run());
    assert_eq!(found, "`compile`: there is no metric \"acuracy\"\nhelp: did you mean \"accuracy\"?");
    let found = error(model.compile("adam", loss(), ()).weighted_metrics("f1").evaluate(&x, &y).run());
    assert!(
        found.starts_with("`compile`: there is no metric \"f1\"\nhelp: names are those of Keras"),
        "{found}"
    );
}

#[test]
fn a_model_of_two_outputs_takes_names_for_each() -> keras_core::Result<()> {
    model! {
        pub struct TwoHeads {
            let x = Input(4);
            let kind = x => Dense(3, activation = softmax);
            let size = x => Dense(1);
            (kind, size)
        }
    }
    let (x, y) = data();
    let sizes = Array2::<f32>::ones((24, 1));
    let losses = (SparseCategoricalCrossentropy::new(), MeanSquaredError::new());
    let mut model = TwoHeads::new().compile("adam", losses, ("accuracy", ["mae", "mse"]));
    let found = model.evaluate(&x, (&y, &sizes)).verbose(0).run()?;
    assert_eq!(found.iter().filter(|(name, _)| name.contains("accuracy")).count(), 1);
    // By name, as the losses.
    let losses =
        TwoHeadsOutputs { kind: SparseCategoricalCrossentropy::new(), size: MeanSquaredError::new() };
    let metrics = TwoHeadsOutputs { kind: "accuracy", size: ["mae", "mse"] };
    let mut named = TwoHeads::new().compile("adam", losses, metrics);
    named.set_weights(&model.weights().into_iter().map(|(_, raw)| raw).collect::<Vec<_>>())?;
    let again = named.evaluate(&x, TwoHeadsOutputs { kind: &y, size: &sizes }).verbose(0).run()?;
    assert_eq!(found, again);
    Ok(())
}
