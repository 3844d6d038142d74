//! Keras's mixed policies: layers that compute in numbers of 16 bits, beside real Keras on JAX.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use keras_core::prelude::*;
use keras_core::shape::Precision;
use keras_tests::Archive;
use ndarray::{Array2, Array4, Ix2, Ix4};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/precision")
}

struct Case {
    archive: Arc<Archive>,
    image: Array4<f32>,
    ids: Array2<f32>,
    target: Array2<f32>,
}

fn case(policy: &str) -> (LoadedModel, Case) {
    let model = load_model(folder().join(format!("{policy}.keras"))).expect("Keras's model");
    let archive = Archive::at(&folder().join(format!("{policy}_io.npz")));
    let image = archive.get("image").into_dimensionality::<Ix4>().expect("images");
    let ids = archive.get("ids").into_dimensionality::<Ix2>().expect("ids");
    let target = archive.get("target").into_dimensionality::<Ix2>().expect("targets");
    (model, Case { archive, image, ids, target })
}

/// The largest difference, over the largest number.
fn distance(found: &[f32], wanted: &[f32]) -> f32 {
    assert_eq!(found.len(), wanted.len());
    let largest = wanted.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / largest.max(1e-30)
}

fn agrees(precision: Precision, steps: f32) {
    let (model, case) = case(precision.policy());
    let found = model.predict((&case.image, &case.ids)).expect("outputs").to_vec().expect("numbers");
    let wanted: Vec<f32> = case.archive.get("output").iter().copied().collect();
    // Keras rounds after each operation inside of a layer too, here it is once a layer: some steps of the last bit.
    let near = distance(&found, &wanted);
    assert!(near <= steps, "{near}");
    assert!(found.iter().all(|x| precision.round(*x) == *x), "{found:?}");
    let plain: Vec<f32> = case.archive.get("plain").iter().copied().collect();
    assert!(found != plain && distance(&found, &plain) < 4.0 * steps);

    let before: Vec<Vec<f32>> = model.weights().iter().map(|(_, w)| w.to_vec().expect("numbers")).collect();
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    model.train_on_batch((&case.image, &case.ids), &case.target).expect("a step");
    for (i, (path, after)) in model.weights().iter().enumerate() {
        let after = after.to_vec().expect("numbers");
        let step: Vec<f32> = after.iter().zip(&before[i]).map(|(a, b)| a - b).collect();
        let wanted: Vec<f32> = case.archive.get(&format!("step_{i}")).iter().copied().collect();
        let near = distance(&step, &wanted);
        assert!(near <= 4.0 * steps, "{path}: {near}");
    }
}

#[test]
fn a_model_of_mixed_bfloat16_is_that_of_keras() {
    agrees(Precision::Bfloat16, 0.02);
}

#[test]
fn a_model_of_mixed_float16_is_that_of_keras() {
    agrees(Precision::Float16, 0.0025);
}

#[test]
fn a_layer_says_in_which_numbers_it_computes() {
    let model = model!(Input(4) => Dense(5, dtype = "mixed_bfloat16", activation = tanh) => Dense(2));
    let plain = model!(Input(4) => Dense(5, activation = tanh) => Dense(2));
    let weights: Vec<Raw> = model.weights().iter().map(|(_, w)| (*w).clone()).collect();
    let mut plain = plain;
    plain.set_weights(&weights).expect("the same layers");
    let x = Array2::from_shape_fn((3, 4), |(i, j)| (i as f32 - 0.7 * j as f32).sin());
    let (a, b) = (model.predict(&x).unwrap().to_vec().unwrap(), plain.predict(&x).unwrap().to_vec().unwrap());
    assert!(a != b && distance(&a, &b) < 0.03, "{a:?} {b:?}");
    let hidden = model.layer_output("dense", &x).unwrap().to_vec().unwrap();
    assert!(hidden.iter().all(|x| Precision::Bfloat16.round(*x) == *x));
    let one = model.predict_one(x.row(1).as_slice().unwrap()).unwrap();
    assert_eq!(&one[..], &a[2..4]);
    assert_eq!(model.summary().to_string(), plain.summary().to_string());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mixed.keras");
    model.save(&path).unwrap();
    let again = load_model(&path).unwrap();
    assert_eq!(again.predict(&x).unwrap().to_vec().unwrap(), a);
}

/// What real Keras 3.15 gives where a wrapper alone says it. `TimeDistributed` goes past the policy of the layer inside.
#[test]
fn a_wrapper_says_in_which_numbers_it_computes() -> keras_core::Result<()> {
    let x = ndarray::array![[[1.001f32, 2.003], [3.007, -1.013]]];
    let (same, ones) = ([3.003_906_2, 3.003_906_2, 1.995_117_2, 1.995_117_2], x.clone());
    let steps =
        model!(Input(2, 2) => TimeDistributed(Dense(2, kernel_initializer="ones"), dtype="mixed_float16"));
    assert_eq!(steps.predict(&x)?.to_vec()?, same);
    let both = model!(Input(2, 2) => Bidirectional(LSTM(2, kernel_initializer="ones", recurrent_initializer="ones"), dtype="mixed_float16"));
    let wanted = [0.925_781_25, 0.925_781_25, 0.936_035_16, 0.936_035_16];
    assert_eq!(both.predict(&x)?.to_vec()?, wanted);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wrapped.keras");
    both.save(&path)?;
    assert_eq!(load_model(&path)?.predict(&x)?.to_vec()?, wanted);
    let divided =
        model!(Input(2) => SpectralNormalization(Dense(2, kernel_initializer="ones"), dtype="mixed_float16"));
    let rows = ones.into_shape_with_order((2, 2)).expect("two rows");
    assert_eq!(divided.predict(&rows)?.to_vec()?, same);
    let rough =
        model!(Input(2, 2) => TimeDistributed(Dense(2, kernel_initializer="ones"), dtype="mixed_bfloat16"));
    assert_eq!(rough.predict(&x)?.to_vec()?, [3.0, 3.0, 1.984_375, 1.984_375]);
    Ok(())
}

model! {
    struct Mixed {
        keras.mixed_precision.set_global_policy("mixed_bfloat16");
        let x = Input(5, 3);
        let h = x => Bidirectional(LSTM(4)) => Doubled => Dense(6, activation = relu);
        let skip = h + 0.001;
        skip => Dense(2, dtype = "float32")
    }
}

/// Twice as much.
#[derive(Default)]
struct Doubled;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Doubled {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * 2.0)
    }
}

#[test]
fn a_model_has_a_policy_for_all_its_layers() {
    let model = Mixed::with_seed(2);
    let x = ndarray::Array3::from_shape_fn((2, 5, 3), |(i, j, k)| ((i + 3 * j + 5 * k) as f32).sin());
    for layer in ["bidirectional", "doubled", "dense"] {
        let y = model.layer_output(layer, &x).unwrap().to_vec().unwrap();
        assert!(y.iter().all(|x| Precision::Bfloat16.round(*x) == *x), "{layer}: {y:?}");
    }
    let y = model.predict(&x).unwrap().to_vec().unwrap();
    assert!(y.iter().any(|x| Precision::Bfloat16.round(*x) != *x), "{y:?}");
}
