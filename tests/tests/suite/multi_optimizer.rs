//! `MultiOptimizer` beside Keras's (`tests/keras/make_multi_optimizer.py`).

use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use ndarray::{Array2, ArrayD, IxDyn};

use super::engine::near;

fn numbers(name: &str) -> ArrayD<f32> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/multi_optimizer.npz");
    Npz::open(path).and_then(|mut file| file.read::<f32, IxDyn>(name)).expect("numbers of Keras")
}

fn rows(name: &str) -> Array2<f32> {
    numbers(name).into_dimensionality().expect("rows")
}

model! {
    struct Net {
        Input(3) => Dense(4, activation = tanh, name = "encoder_1") => Dense(4, activation = tanh, name = "encoder_2")
            => Dense(2, name = "head")
    }
}

fn model() -> Net {
    let mut model = Net::new();
    let weights = (0..6).map(|i| numbers(&format!("weight_{i}")));
    let raws: Vec<Raw> =
        weights.map(|w| Raw::from_f32(w.iter().copied().collect(), w.shape()).expect("a tensor")).collect();
    model.set_weights(&raws).expect("the weights of Keras");
    model
}

fn optimizer() -> MultiOptimizer {
    let map = OptimizerMap::new(SGD::new(0.1).momentum(0.9))
        .with(r"encoder_\d/.*", Adam::new(0.05))
        .with("encoder_2/bias", RMSprop::new(0.02).global_clipnorm(0.01));
    MultiOptimizer::new(map).loss_scale_factor(64.0)
}

#[test]
fn each_weight_has_its_optimizer() -> keras_core::Result<()> {
    let (x, y, losses) = (rows("x"), rows("y"), numbers("losses"));
    let mut model = model().compile(optimizer(), MeanSquaredError::new(), ());
    for wanted in &losses {
        near("loss", &[model.train_on_batch(&x, &y)?[0].1 as f32], &[*wanted], 1e-5);
    }
    for (i, (path, raw)) in model.weights().iter().enumerate() {
        let wanted = numbers(&format!("trained_{i}"));
        near(path, &raw.to_vec()?, wanted.as_slice().expect("in order"), 1e-5);
    }
    Ok(())
}

/// A training that goes on from a checkpoint is the one that was not interrupted.
#[test]
fn its_state_is_kept() -> keras_core::Result<()> {
    let (x, y) = (rows("x"), rows("y"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("checkpoint");
    let mut one = model().compile(optimizer(), MeanSquaredError::new(), ());
    one.fit(&x, &y).epochs(2).shuffle(false).verbose(0).run()?;
    one.save_checkpoint(&path)?;
    let mut other = model().compile(optimizer(), MeanSquaredError::new(), ());
    other.load_checkpoint(&path)?;
    for _ in 0..2 {
        assert_eq!(one.train_on_batch(&x, &y)?[0].1, other.train_on_batch(&x, &y)?[0].1);
    }
    for ((_, a), (_, b)) in one.weights().into_iter().zip(other.weights()) {
        assert_eq!(a.to_vec()?, b.to_vec()?);
    }
    Ok(())
}

#[test]
fn what_cannot_be_is_refused() {
    let told = |map: OptimizerMap| {
        let mut model = model().compile(MultiOptimizer::new(map), MeanSquaredError::new(), ());
        model.train_on_batch(&rows("x"), &rows("y")).expect_err("a mistake").to_string()
    };
    let map = || OptimizerMap::new(SGD::new(0.1));
    assert!(told(map().with("(", SGD::new(0.1))).contains("`(` is no pattern of paths: "));
    assert!(
        told(map().with("head/.*", SGD::new(0.1)).with(".*/bias", SGD::new(0.2)))
            .contains("has two optimizers")
    );
    assert!(
        told(map().with("a", LossScaleOptimizer::new(SGD::new(0.1))))
            .contains("cannot be one of its optimizers")
    );
    assert!(told(map().with("a", SGD::new(0.1).loss_scale_factor(2.0))).contains("scaled once for all"));
    let mut model = model().compile(optimizer(), MeanSquaredError::new(), ());
    let error = model.set_learning_rate(0.1).expect_err("a mistake").to_string();
    assert!(error.contains("there is none of all"), "{error}");
}
