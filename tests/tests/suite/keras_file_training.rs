//! What a model was compiled with, in files: Keras goes on where we stopped, and we where Keras stopped.

use std::path::Path;

use keras_core::prelude::*;
use keras_core::training::optimizers::schedules::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay,
    PolynomialDecay,
};
use keras_core::training::optimizers::{
    Adadelta, Adafactor, Adagrad, Adamax, Ftrl, Lamb, Lion, LossScaleOptimizer, Muon, Nadam, Optimizer,
    ScheduleFreeAdamW,
};
use ndarray::{Array1, Array2};

use super::keras_files::{arrays, fixture};
use super::python;

fn data() -> (Array2<f32>, Array1<i32>) {
    let x = Array2::from_shape_fn((16, 4), |(i, j)| ((i * 5 + j * 3) % 11) as f32 / 11.0);
    (x, Array1::from_shape_fn(16, |i| (i % 3) as i32))
}

model! {
    struct Net {
        Input(4)
            => Dense(8, activation = tanh) => BatchNormalization()
            => Dense(6, activation = relu, use_bias = false, trainable = false) => Dense(3, activation = softmax)
    }
}

/// Every optimiser of Keras, with arguments that add state among them.
fn optimizers() -> Vec<(&'static str, Box<dyn Optimizer>)> {
    vec![
        ("adadelta", Box::new(Adadelta::new(0.5))),
        ("adafactor", Box::new(Adafactor::new(0.01))),
        ("adagrad", Box::new(Adagrad::new(0.05))),
        ("adam", Box::new(Adam::new(0.01))),
        ("adam_amsgrad", Box::new(Adam::new(0.01).amsgrad(true).clipnorm(0.5))),
        ("adam_cosine", Box::new(Adam::new(CosineDecay::new(0.01, 9).warmup(0.02, 2)))),
        ("adam_ema", Box::new(Adam::new(0.01).use_ema(true).ema_momentum(0.9))),
        ("adam_exponential", Box::new(Adam::new(ExponentialDecay::new(0.02, 2, 0.7).staircase(true)))),
        ("adam_inverse", Box::new(Adam::new(InverseTimeDecay::new(0.02, 2, 0.7)))),
        (
            "adam_piecewise",
            Box::new(Adam::new(PiecewiseConstantDecay::new(vec![1, 3], vec![0.03, 0.02, 0.01]))),
        ),
        ("adam_polynomial", Box::new(Adam::new(PolynomialDecay::new(0.02, 5).power(2.0)))),
        ("adam_w", Box::new(AdamW::new(0.01).weight_decay(0.1))),
        ("adamax", Box::new(Adamax::new(0.01))),
        ("ftrl", Box::new(Ftrl::new(0.05))),
        ("lamb", Box::new(Lamb::new(0.01))),
        ("lion", Box::new(Lion::new(0.01))),
        ("loss_scale", Box::new(LossScaleOptimizer::new(Adam::new(0.01)).initial_scale(1024.0))),
        ("muon", Box::new(Muon::new(0.01))),
        ("nadam", Box::new(Nadam::new(0.01))),
        ("rmsprop", Box::new(RMSprop::new(0.01).momentum(0.5).centered(true))),
        ("schedule_free", Box::new(ScheduleFreeAdamW::new(0.01))),
        ("sgd", Box::new(SGD::new(0.1))),
        ("sgd_accumulating", Box::new(SGD::new(0.1).momentum(0.9).gradient_accumulation_steps(2))),
        (
            "sgd_restarts",
            Box::new(SGD::new(CosineDecayRestarts::new(0.1, 2).t_mul(1.5).m_mul(0.8).alpha(0.1))),
        ),
        ("sgd_momentum", Box::new(SGD::new(0.1).momentum(0.9).nesterov(true).global_clipnorm(1.0))),
    ]
}

/// By how much numbers differ.
fn difference<'a>(a: impl IntoIterator<Item = &'a f32>, b: impl IntoIterator<Item = &'a f32>) -> f32 {
    a.into_iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// Trains and saves a model with each optimiser, and the weights after one step more.
fn write(folder: &Path) {
    let (x, y) = data();
    for (name, optimizer) in optimizers() {
        set_random_seed(3);
        let loss = SparseCategoricalCrossentropy::new();
        let mut model = Net::new().compile(optimizer, loss, ["accuracy"]);
        for _ in 0..3 {
            model.train_on_batch(&x, &y).expect("a step");
        }
        model.save(folder.join(format!("{name}.keras"))).expect("a file");
        model.train_on_batch(&x, &y).expect("a step");
        model.save_weights(folder.join(format!("{name}_after.weights.h5"))).expect("weights");
    }
}

#[test]
fn keras_makes_the_next_step_and_so_do_we() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    write(folder);
    let Some(printed) = python::run("next_steps.py", &[folder]) else { return };
    let (x, y) = data();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), optimizers().len(), "{printed}");
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, _, iterations, worst, metrics] = words[..] else { panic!("{line}") };
        assert!(worst.parse::<f32>().expect("a number") <= 2e-6, "{line}");
        // Keras counts the steps that change weights.
        let steps = if name == "sgd_accumulating" { "2" } else { "4" };
        assert_eq!((iterations, metrics), (steps, "accuracy"), "{line}");

        let model = load_model(folder.join(format!("{name}_keras.keras"))).expect("a model");
        let mut model = model.compiled().unwrap_or_else(|error| panic!("{name}: {error}"));
        let logs = model.train_on_batch(&x, &y).expect("a step");
        assert!(logs.iter().any(|(name, _)| name == "accuracy"), "{name}");
        let wanted = arrays(&folder.join(format!("{name}_keras_after.npz")), "weight_");
        for ((path, found), wanted) in model.weights().iter().zip(&wanted) {
            let worst = difference(&found.to_vec().expect("numbers"), wanted);
            assert!(worst <= 2e-6, "{name}, {path}: {worst}");
        }
    }
}

/// The step after the file is that of Keras (`tests/keras/make_file_inner_dicts.py`): of a model inside which is frozen but for one
/// layer, and of optimisers whose only state is the number of steps.
#[test]
fn the_next_step_is_that_of_the_writer() {
    for name in ["frozen_parent.keras", "scheduled.keras", "k2_scheduled.h5"] {
        let stem = name.split('.').next().expect("a name");
        let after = fixture(&format!("{stem}_after.npz"));
        let (x, y) = (arrays(&after, "input_").remove(0), arrays(&after, "target_").remove(0));
        let model = load_model(fixture(name)).expect("a model");
        let mut model = model.compiled().unwrap_or_else(|error| panic!("{name}: {error}"));
        model.train_on_batch(&x, &y).expect("a step");
        let wanted = arrays(&after, "weight_");
        assert_eq!(model.weights().len(), wanted.len(), "{name}");
        for ((path, found), wanted) in model.weights().iter().zip(&wanted) {
            let worst = difference(&found.to_vec().expect("numbers"), wanted);
            assert!(worst <= 2e-6, "{name}, {path}: {worst}");
        }
    }
}

/// A file that we wrote goes on as the training that wrote it, to the bit.
#[test]
fn a_training_goes_on_from_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path());
    let (x, y) = data();
    for (name, _) in optimizers() {
        let path = folder.path().join(format!("{name}.keras"));
        let mut model = load_model(&path).expect("a model").compiled().expect("a training");
        model.train_on_batch(&x, &y).expect("a step");
        let mut after = Net::new();
        after.load_weights(folder.path().join(format!("{name}_after.weights.h5"))).expect("weights");
        for ((path, found), (_, wanted)) in model.weights().iter().zip(&after.weights()) {
            assert_eq!(found.to_vec().expect("numbers"), wanted.to_vec().expect("numbers"), "{name}, {path}");
        }
    }
}

#[test]
fn losses_and_weights_of_losses_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("two.keras");
    model! {
        struct Two {
            let x = Input(4) => Dense(5, activation = tanh);
            let a = x => Dense(1);
            let b = x => Dense(2, activation = sigmoid);
            (a, b)
        }
    }
    let (x, _) = data();
    let (a, b) = (Array2::from_elem((16, 1), 0.3f32), Array2::from_elem((16, 2), 1.0f32));
    let losses = (Huber::new().delta(0.2).reduction("sum"), BinaryCrossentropy::new().label_smoothing(0.1));
    let mut model = Two::new().compile(Adam::new(0.01), losses, ("mae", ())).loss_weights(&[0.5, 2.0]);
    model.train_on_batch(&x, (&a, &b)).expect("a step");
    model.save(&path).expect("a file");
    let mut again = load_model(&path).expect("a model").compiled().expect("a training");
    let logs = model.train_on_batch(&x, (&a, &b)).expect("a step");
    let others = again.train_on_batch(&x, (&a, &b)).expect("a step");
    assert_eq!(format!("{logs:?}"), format!("{others:?}"));
}

/// `accuracy` is the one that goes with the loss and the output, with weights as without.
#[test]
fn weighted_metrics_come_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("binary.keras");
    let (x, _) = data();
    let y = Array2::from_shape_fn((16, 1), |(i, _)| (i % 3 == 0) as u8 as f32);
    let weights: Vec<f32> = (0..16).map(|i| 0.25 * (i % 5) as f32).collect();
    let mut model = model!(Input(4) => Dense(1, activation = sigmoid))
        .compile(SGD::new(0.1), BinaryCrossentropy::new(), "accuracy")
        .weighted_metrics("accuracy");
    model.save(&path).expect("a file");
    let p = model.predict(&x).expect("numbers").to_vec().expect("numbers");
    let right = |i: usize| (p[i] > 0.5) == (y[[i, 0]] > 0.5);
    let wanted: f32 =
        (0..16).filter(|i| right(*i)).map(|i| weights[i]).sum::<f32>() / weights.iter().sum::<f32>();
    let mut again = load_model(&path).expect("a model").compiled().expect("a training");
    for logs in [
        model.evaluate(&x, &y).sample_weight(&weights).verbose(0).run().expect("numbers"),
        again.evaluate(&x, &y).sample_weight(&weights).verbose(0).run().expect("numbers"),
    ] {
        let found = logs.iter().find(|(name, _)| *name == "weighted_accuracy").expect("a metric").1;
        assert!((found - f64::from(wanted)).abs() < 1e-6, "{found}, {wanted}");
    }
}

#[test]
fn what_is_none_of_kerass_leaves_a_model_that_is_not_compiled() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.keras");
    let own = |t: Symbolic, p: Symbolic| ops::mean(ops::square(t - p), -1);
    let mut model = model!(Input(4) => Dense(1)).compile(Adam::new(0.01), own, ());
    let (x, _) = data();
    model.train_on_batch(&x, &Array2::<f32>::zeros((16, 1))).expect("a step");
    model.save(&path).expect("a file");
    let error = load_model(&path).expect("a model").compiled().err().expect("no training").to_string();
    assert!(error.contains("`compile`"), "{error}");
}

/// By tf_keras 2.21 (`tests/keras/make_file_states_2.py`), with its optimisers since 2.11 and those before.
#[test]
fn trainings_of_keras_2_go_on() {
    let (x, y) = data();
    let files = ["adam.h5", "rmsprop.keras", "old_adam.h5", "old_sgd.h5", "old_adadelta.h5", "old_adamax.h5"];
    for file in files {
        let name = file.split('.').next().expect("a name");
        let model = load_model(fixture(&format!("k2_state_{file}"))).expect("a model");
        let mut model = model.compiled().unwrap_or_else(|error| panic!("{file}: {error}"));
        let logs = model.train_on_batch(&x, &y).expect("a step");
        assert!(logs.iter().any(|(name, _)| name == "accuracy"), "{file}: {logs:?}");
        let wanted = arrays(&fixture(&format!("k2_state_{name}_after.npz")), "weight_");
        for ((path, found), wanted) in model.weights().iter().zip(&wanted) {
            let worst = difference(&found.to_vec().expect("numbers"), wanted);
            assert!(worst <= 2e-6, "{file}, {path}: {worst}");
        }
    }
}

/// Of `tests/keras/make_file_loss_scale.py`: compiled and saved before the first step, and three steps of Keras.
#[test]
fn a_training_begins_from_a_file_of_keras() -> keras_core::Result<()> {
    let mut model = load_model(fixture("loss_scale.keras"))?.compiled()?;
    let x = ndarray::array![[1.0f32, 2., 3.], [0.5, -1., 2.], [-2., 0.25, 1.], [1., 1., 1.]];
    let y = ndarray::array![[1.0f32, 0.], [0., 1.], [1., 1.], [0., 0.]];
    for (loss, log_cosh) in [(21.780_567, 3.078_736_3), (4.922_544, 1.211_043_5), (9.035_796, 1.403_312_1)] {
        let logs = model.train_on_batch(&x, &y)?;
        let found = |wanted: &str| logs.iter().find(|(name, _)| *name == wanted).expect("a log").1;
        assert!((found("loss") - loss).abs() < 2e-5 * loss, "{logs:?}");
        assert!((found("logcosh") - log_cosh).abs() < 2e-5, "{logs:?}");
        // The class of that name counts numbers that equal their targets, of which there are none.
        assert!(found("accuracy") == 0.0, "{logs:?}");
    }
    let expected = [
        ("gamma", [-2.507_273, -0.533_984]),
        ("moving_mean", [2.543_124_7, -0.769_183_6]),
        ("moving_stddev", [2.038_506, 1.609_798_8]),
        ("renorm_stddev", [2.397_992_4, 1.820_627_9]),
    ];
    for (name, expected) in expected {
        let weights = model.weights();
        let (_, found) = weights.iter().find(|(path, _)| path.ends_with(name)).expect("a weight");
        assert!(difference(&found.to_vec()?, &expected) < 2e-5, "{name}: {found:?}");
    }
    Ok(())
}

/// Of `tests/keras/make_file_half.py`: a mask that Keras makes of numbers of 16 bits, and an optimiser that the file names alone,
/// around which Keras has put a `LossScaleOptimizer`, with its scale after a step that was left out.
#[test]
fn a_training_in_16_bits_goes_on() -> keras_core::Result<()> {
    let mut model = load_model(fixture("half.keras"))?.compiled()?;
    let number = |i: usize| (i * 7 % 11) as f32 / 4.0 - 1.0;
    let x = ndarray::Array3::from_shape_fn((6, 4, 2), |(i, j, k)| {
        if i < 3 && j >= 2 { 0.0 } else { number(i * 8 + j * 2 + k) }
    });
    let y = ndarray::Array2::from_shape_fn((6, 1), |(i, _)| (i * 3 % 7) as f32 / 2.0);
    let wanted = [1.253_649_7, 1.245_786_2, 1.227_114_3, 1.237_168_3, 1.254_635_6, 1.304_902_4];
    let found = model.predict(&x)?.to_vec()?;
    assert!(difference(&found, &wanted) < 2e-3, "{found:?}");
    let history = model.fit(&x, &y).batch_size(2).epochs(3).shuffle(false).verbose(0).run()?;
    let losses: Vec<f32> = history["loss"].iter().map(|loss| *loss as f32).collect();
    assert!(difference(&losses, &[1.138_270_9, 1.149_550_3, 1.110_822_7]) < 5e-3, "{losses:?}");
    let bias = model.weights().last().map(|(_, raw)| raw.to_vec()).expect("a weight")?;
    assert!(difference(&bias, &[0.850_023_4]) < 2e-3, "{bias:?}");
    Ok(())
}

/// Of `tests/keras/make_file_batch_inside.py`: a model inside `TimeDistributed` sees each step of a batch, but is built for the
/// batch.
#[test]
fn a_model_built_for_a_batch_is_wrapped() -> keras_core::Result<()> {
    let mut model = load_model(fixture("batch_inside.keras"))?.compiled()?;
    let x = ndarray::Array3::from_shape_fn((4, 3, 2), |(i, j, k)| {
        ((i * 6 + j * 2 + k) * 7 % 11) as f32 / 4.0 - 1.0
    });
    let y = ndarray::Array2::from_shape_fn((4, 1), |(i, _)| (i * 3 % 7) as f32 / 7.0);
    let first = model.predict(&x.slice(ndarray::s![..2, .., ..]))?.to_vec()?;
    assert!(difference(&first, &[0.458_085_6, -0.111_697_41]) < 2e-6, "{first:?}");
    let history = model.fit(&x, &y).batch_size(2).epochs(2).shuffle(false).verbose(0).run()?;
    let losses: Vec<f32> = history["loss"].iter().map(|loss| *loss as f32).collect();
    assert!(difference(&losses, &[0.125_491_48, 0.112_673_774]) < 2e-6, "{losses:?}");
    Ok(())
}
