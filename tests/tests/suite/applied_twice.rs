//! Layers that change weights themselves and are applied several times in one pass, directly or inside a model that is:
//! each application computes with what the one before it has left. Numbers of Keras with TensorFlow, two steps of SGD
//! (a layer of ours holds what is called with `training`, which Keras 3.15 forgets in `fit` otherwise).
#![allow(clippy::excessive_precision)]

use keras_core::prelude::*;
use ndarray::{Array2, array};

fn near(found: &[f32], expected: &[f32], what: &str) {
    let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 4e-6 + 1e-5 * b.abs());
    assert!(found.len() == expected.len() && close, "{what}: {found:?}, expected {expected:?}");
}

fn inputs() -> (Array2<f32>, Array2<f32>) {
    let x = array![[1.0f32, 2., 3.], [0.5, -1., 2.], [-2., 0.25, 1.], [1., 1., 1.]];
    let back = array![[1.0f32, 1., 1.], [-2., 0.25, 1.], [0.5, -1., 2.], [1., 2., 3.]];
    (x, back)
}

fn labels() -> Array2<f32> {
    array![[1.0f32, 0., 0.5], [0., 1., -0.5], [1., 1., 0.25], [0., 0., 1.]]
}

const RENORM: [(&str, [f32; 3]); 7] = [
    ("gamma", [0.674911141, 0.477173835, 0.427531362]),
    ("beta", [0.0799230561, -0.0386522263, -0.351232916]),
    ("moving_mean", [0.0429874994, 0.19344376, 0.601824939]),
    ("moving_variance", [1.17396569, 1.06579518, 0.885335863]),
    ("moving_stddev", [1.08395839, 1.03285778, 0.941454113]),
    ("renorm_mean", [0.073800005, 0.332100004, 1.03320003]),
    ("renorm_stddev", [1.1441381, 1.05640972, 0.899489701]),
];

#[test]
fn a_renormalization_goes_on_from_its_averages() -> keras_core::Result<()> {
    let model = model! {
        let a = Input(3);
        let b = Input(3);
        let norm = BatchNormalization(renorm = true, momentum = 0.9, renorm_momentum = 0.8);
        let one = a => norm;
        let other = b => norm;
        [one, other] => Add()
    };
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, back) = inputs();
    for _ in 0..2 {
        model.train_on_batch((&x, &back), &labels())?;
    }
    for (name, expected) in RENORM {
        near(&model.batch_normalization.weight(name).unwrap().value().to_vec()?, &expected, name);
    }
    Ok(())
}

#[test]
fn a_renormalization_in_a_model_that_is_applied_twice() -> keras_core::Result<()> {
    model! { struct Inner { Input(3) => BatchNormalization(renorm = true, momentum = 0.9, renorm_momentum = 0.8) } }
    let model = model! {
        let a = Input(3);
        let b = Input(3);
        let inner = Inner;
        let one = a => inner;
        let other = b => inner;
        [one, other] => Add()
    };
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, back) = inputs();
    for _ in 0..2 {
        model.train_on_batch((&x, &back), &labels())?;
    }
    for (name, expected) in RENORM {
        let norm = &model.inner.batch_normalization;
        near(&norm.weight(name).unwrap().value().to_vec()?, &expected, name);
    }
    Ok(())
}

#[test]
fn a_kernel_is_divided_at_each_application_of_a_model() -> keras_core::Result<()> {
    model! { struct Inner { Input(3) => SpectralNormalization(Dense(2)) } }
    let mut model = model! {
        let a = Input(3);
        let b = Input(3);
        let inner = Inner;
        let one = a => inner;
        let other = b => inner;
        [one, other] => Add()
    };
    for (name, values) in
        [("kernel", &[1., 2., -0.5, 0.25, 3., -1.][..]), ("vector_u", &[0.6, -0.8]), ("bias", &[0.1, -0.2])]
    {
        model.inner.spectral_normalization.set_weight(name, values)?;
    }
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, back) = inputs();
    for _ in 0..2 {
        model.train_on_batch((&x, &back), &labels().slice(ndarray::s![.., ..2]).to_owned())?;
    }
    let weight = |name: &str| model.inner.spectral_normalization.weight(name).unwrap().value().to_vec();
    let kernel = [0.537873983, 0.275004894, -0.281066298, -0.477249384, 1.03158367, -0.137453318];
    near(&weight("kernel")?, &kernel, "kernel");
    near(&weight("vector_u")?, &[0.999989688, -0.0045375172], "vector");
    near(&weight("bias")?, &[0.166496456, -0.0724967718], "bias");
    Ok(())
}

/// An application that does not train sees the averages that one before it has moved, and one after it those, too.
#[test]
fn averages_move_between_calls_of_other_modes() -> keras_core::Result<()> {
    let model = model! {
        let a = Input(3);
        let b = Input(3);
        let norm = BatchNormalization(momentum = 0.5);
        let one = a => norm(training = true);
        let other = b => norm(training = false);
        let last = b => norm;
        [one, other, last] => Add()
    };
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, back) = inputs();
    for _ in 0..2 {
        model.train_on_batch((&x, &back), &labels())?;
    }
    for (name, expected) in [
        ("gamma", [0.456487298, 0.155831844, 0.851916909]),
        ("beta", [0.133870393, 0.1127747, -0.0348473415]),
        ("moving_mean", [0.1171875, 0.52734375, 1.640625]),
        ("moving_variance", [1.51269531, 1.18676758, 0.70703125]),
    ] {
        near(&model.batch_normalization.weight(name).unwrap().value().to_vec()?, &expected, name);
    }
    Ok(())
}

/// The convolution and its normalisation are one kernel here, in a model that is applied twice.
#[test]
fn averages_move_between_applications_of_fused_layers() -> keras_core::Result<()> {
    model! { struct Inner { Input(3, 1) => Conv1D(2, 1) => BatchNormalization(momentum = 0.5) => Flatten() => Dense(2) } }
    let mut model = model! {
        let a = Input(3);
        let b = Input(3);
        let p = a => Reshape((3, 1));
        let q = b => Reshape((3, 1));
        let inner = Inner;
        let one = p => inner(training = true);
        let other = q => inner(training = false);
        [one, other] => Add()
    };
    model.inner.conv1d.set_weight("kernel", &[0.5, -1.5])?;
    model.inner.conv1d.set_weight("bias", &[0.1, 0.2])?;
    let dense = [1., 2., -0.5, 0.25, 3., -1., 0.5, 0.25, -0.75, 1., -1., 0.125];
    model.inner.dense.set_weight("kernel", &dense)?;
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, back) = inputs();
    for _ in 0..2 {
        model.train_on_batch((&x, &back), &labels().slice(ndarray::s![.., ..2]).to_owned())?;
    }
    let norm = |name: &str| model.inner.batch_normalization.weight(name).unwrap().value().to_vec();
    near(&norm("gamma")?, &[0.69836235, 2.36885452], "gamma");
    near(&norm("beta")?, &[-0.340005755, -0.714846849], "beta");
    near(&norm("moving_mean")?, &[-0.29184413, -0.79993856], "mean");
    near(&norm("moving_variance")?, &[2.45519495, 3.04027462], "variance");
    let conv = model.inner.conv1d.weight("kernel").unwrap().value().to_vec()?;
    near(&conv, &[0.833631754, -2.15612364], "kernel");
    let dense = model.inner.dense.weight("kernel").unwrap().value().to_vec()?;
    let expected = [
        -1.22769141,
        1.37547421,
        1.15199709,
        0.527909756,
        0.572108269,
        -1.96618104,
        2.23431063,
        0.737676859,
        -1.3894881,
        -0.497196317,
        -0.650482774,
        0.749885619,
    ];
    near(&dense, &expected, "dense");
    Ok(())
}
