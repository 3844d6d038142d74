//! Files with layers of an author's own, which the caller gives, and with layers as activations.

use keras_core::files::keras::{CustomLayer, Dim, LoadModel};
use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;

use super::keras_files::{arrays, assert_close, check, collection, fixture};

/// `Gated` of `tests/keras/make_file_custom.py`.
struct Gated {
    units: usize,
}

impl CustomLayer for Gated {
    fn output(&self, inputs: &[Dims]) -> keras_core::Result<Dims> {
        Ok(inputs[0].with(inputs[0].rank() - 1, Dim::Fixed(self.units)))
    }

    fn weights(&self, inputs: &[Dims]) -> Vec<WeightSpec> {
        let features = inputs[0].last().fixed().unwrap_or(0);
        let kernel = |path| WeightSpec::new(path, Dims::fixed(&[features, self.units]), Initializer::Zeros);
        let vector = |path| WeightSpec::new(path, Dims::fixed(&[self.units]), Initializer::Zeros);
        vec![
            vector("scale"),
            kernel("value/kernel"),
            vector("value/bias"),
            kernel("gate/kernel"),
            vector("gate/bias"),
        ]
    }

    fn trace(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let x = &inputs[0];
        let value = ops::matmul(x, cx.weight("value/kernel")) + cx.weight("value/bias");
        let gate = ops::matmul(x, cx.weight("gate/kernel")) + cx.weight("gate/bias");
        Ok(value * ops::sigmoid(gate) * cx.weight("scale"))
    }
}

#[test]
fn layers_of_the_callers_stand_for_those_of_the_author() {
    let path = fixture("custom.keras");
    let error = load_model(&path).expect_err("an own class").to_string();
    assert!(error.contains("`Gates>Gated`"), "{error}");
    let gated =
        |config: &serde_json::Value| Ok(Gated { units: config["units"].as_u64().unwrap_or(0) as usize });
    for name in ["Gated", "Gates>Gated"] {
        let model = LoadModel::new(&path).custom(name, gated).run().expect("a model");
        let x = &arrays(&fixture("custom_io.npz"), "input_")[0];
        let found: AnyOutputs = model.predict_on_batch(&[x][..]).expect("outputs");
        let found = found.iter().next().expect("an output").to_vec().expect("numbers");
        assert_close(name, &found, &arrays(&fixture("custom_io.npz"), "output_")[0]);
    }
    // It trains, as any other.
    let model = LoadModel::new(&path).custom("Gated", gated).run().expect("a model");
    let before = model.weights()[2].1.to_vec().expect("numbers");
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, y) = (ndarray::Array2::<f32>::ones((4, 4)), ndarray::Array2::<f32>::ones((4, 2)));
    model.train_on_batch(&x, &y).expect("a step");
    assert_ne!(model.weights()[2].1.to_vec().expect("numbers"), before);
}

struct L2Norm;

impl CustomLayer for L2Norm {
    fn output(&self, inputs: &[Dims]) -> keras_core::Result<Dims> {
        Ok(inputs[0])
    }

    fn trace(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let x = &inputs[0];
        Ok(x * ops::rsqrt(ops::maximum(ops::sum(ops::square(x), -1).keepdims(true), 1e-12)))
    }
}

struct CosineDistance;

impl CustomLayer for CosineDistance {
    fn output(&self, inputs: &[Dims]) -> keras_core::Result<Dims> {
        Ok(inputs[0].remove(1))
    }

    fn trace(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let [a, b] = inputs else { return Err(keras_core::Error::layer("two vectors")) };
        Ok(ops::sum(a * b, -1).build())
    }
}

/// A file of others, whose own layers are written here.
#[test]
fn a_collected_file_with_own_layers_gives_its_numbers() {
    let Some(folder) = collection() else { return };
    let model = LoadModel::new(folder.join("deepcluster_nested_custom_3_5.keras"))
        .custom("L2NormLayer", |_| Ok(L2Norm))
        .custom("CosineDistance", |_| Ok(CosineDistance))
        .run()
        .expect("a model");
    let io = folder.join("deepcluster_nested_custom_3_5_io.npz");
    let inputs = arrays(&io, "input_");
    let found: AnyOutputs = model.predict_on_batch(&inputs.iter().collect::<Vec<_>>()[..]).expect("outputs");
    let wanted = &arrays(&io, "output_")[0];
    let first = found.iter().next().expect("an output");
    assert_eq!(first.shape(), wanted.shape());
    assert_close("deepcluster", &first.to_vec().expect("numbers"), wanted);
}

#[test]
fn layers_as_activations_stand_behind_their_layers() {
    check("layer_activations", &fixture("layer_activations.keras"), &fixture("layer_activations_io.npz"));
}
