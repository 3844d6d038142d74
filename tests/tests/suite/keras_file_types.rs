//! `model!(pub struct Name from "model.keras")`: types whose layers stand in a file. The path begins in the folder of this
//! crate, and the numbers are those of the Keras that wrote the file, as `load_model` gives them.

use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;
use ndarray::{ArrayD, Dimension};

use super::keras_files::{arrays, assert_close, fixture};

model! {
    /// Two inputs, a model inside that is applied to both, and one inside of that.
    #[derive(Clone)]
    pub struct Nested from "fixtures/keras_files/nested.keras", embed = true
}
model!(pub(crate) struct OldNested from "fixtures/keras_files/k2_nested.keras");
model!(struct Shared from "fixtures/keras_files/shared.keras",);
model!(struct Steps from "fixtures/keras_files/td_model.keras", embed = false);
model!(struct Heads from "fixtures/keras_files/mha.keras");
model!(struct Attended from "fixtures/keras_files/attention.keras");
model!(struct BothWays from "fixtures/keras_files/bidi.keras");
model!(struct Cells from "fixtures/keras_files/cells.keras");
model!(struct Words from "fixtures/keras_files/embed.keras");
model!(struct Activated from "fixtures/keras_files/layer_activations.keras");
model!(struct Masked from "fixtures/keras_files/operations_masked.keras");
model!(struct Computed from "fixtures/keras_files/operations_sources.keras");
model!(struct Arrays from "fixtures/keras_files/arrays.keras");
model!(struct Merges from "fixtures/keras_files/merges.keras");
model!(struct InnerTypes from "fixtures/keras_files/inner_types.keras");
// As many outputs as there are operations.
model!(struct Operations from "fixtures/keras_files/operations.keras");
model!(struct States from "fixtures/keras_files/states.keras");
// Every function that `model!` spells, and operations that end masks.
model!(struct Every from "fixtures/keras_files/operations_every.keras");
model!(struct More from "fixtures/keras_files/operations_more.keras");
model!(struct EndMasks from "fixtures/keras_files/operations_end_masks.keras");

fn of<D: Dimension>(array: &ArrayD<f32>) -> ndarray::Array<f32, D> {
    array.clone().into_dimensionality().expect("as many axes as the input has")
}

/// That a typed model and the one that is read at run time give the numbers of the file's writer, to the bit the same.
fn same(name: &str, found: &[Vec<f32>]) {
    let io = fixture(&format!("{name}_io.npz"));
    let read = load_model(fixture(&format!("{name}.keras"))).expect("a model");
    let inputs = arrays(&io, "input_");
    let outputs: AnyOutputs = read.predict_on_batch(&inputs.iter().collect::<Vec<_>>()[..]).expect("outputs");
    let wanted = arrays(&io, "output_");
    assert_eq!((found.len(), outputs.count()), (wanted.len(), wanted.len()), "{name}");
    for ((found, read), wanted) in found.iter().zip(outputs.iter()).zip(&wanted) {
        assert_close(name, found, wanted);
        assert_eq!(found, &read.to_vec().expect("numbers"), "{name}");
    }
}

macro_rules! same {
    ($($model:ident $name:literal ($($axes:ty),*);)*) => { $({
        let inputs = arrays(&fixture(concat!($name, "_io.npz")), "input_");
        let mut inputs = inputs.iter();
        let model = $model::pretrained().unwrap_or_else(|error| panic!("{}: {error}", $name));
        let y = model.predict_on_batch(($(&of::<$axes>(inputs.next().expect("an input"))),*)).expect("outputs");
        same($name, &[y.to_vec().expect("numbers")]);
    })* };
}

#[test]
fn pretrained_models_give_the_numbers_of_load_model() {
    use ndarray::{Ix2, Ix3, Ix4};
    same! {
        Nested "nested" (Ix2, Ix2);
        EndMasks "operations_end_masks" (Ix2);
        Every "operations_every" (Ix3, Ix2, Ix2);
        More "operations_more" (Ix3, Ix3, Ix4);
        OldNested "k2_nested" (Ix2, Ix2);
        Steps "td_model" (Ix3);
        Heads "mha" (Ix3, Ix3);
        Attended "attention" (Ix3, Ix3);
        BothWays "bidi" (Ix3);
        Cells "cells" (Ix3, Ix2);
        Words "embed" (Ix2);
        Activated "layer_activations" (Ix4);
        Masked "operations_masked" (Ix2);
        Computed "operations_sources" (Ix3, Ix2);
        States "states" (Ix3);
        Arrays "arrays" (Ix3);
        Merges "merges" (Ix2);
    }
    let inputs = arrays(&fixture("shared_io.npz"), "input_");
    let model = Shared::pretrained().expect("a model");
    let (a, b) = model.predict_on_batch(&of::<Ix2>(&inputs[0])).expect("outputs");
    same("shared", &[a.to_vec().expect("numbers"), b.to_vec().expect("numbers")]);

    let inputs = arrays(&fixture("inner_types_io.npz"), "input_");
    let model = InnerTypes::pretrained().expect("a model");
    let x = (&of::<Ix3>(&inputs[0]), &of::<Ix2>(&inputs[1]));
    let (a, b) = model.predict_on_batch(x).expect("outputs");
    same("inner_types", &[a.to_vec().expect("numbers"), b.to_vec().expect("numbers")]);
    assert!(model.get_layer("2nd encoder").is_some() && model.get_layer("over").is_some());
    let _: &InnerTypesStepModel = model.over.layer();
}

#[test]
fn types_of_files_are_models_as_any() {
    let mut model = Nested::pretrained().expect("a model");
    let copy = model.clone();
    assert_eq!(copy.weights().len(), model.weights().len());
    // Its first weights are others' random numbers: nobody's are used up.
    let drawn = |before: fn()| {
        keras_core::device::with_seed(7, || {
            before();
            model!(Input(3) => Dense(2)).predict_one(&[1.0, 2.0, 3.0]).expect("an answer")
        })
    };
    assert_eq!(drawn(|| ()), drawn(|| drop(Nested::pretrained().expect("a model"))));
    model.load_weights(fixture("nested.keras")).expect("weights");
    assert!(Operations::OUTPUT_SHAPE.rank() > 1);
}
