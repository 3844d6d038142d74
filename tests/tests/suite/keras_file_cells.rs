//! Files with cells of an author's own in `RNN`, which the caller gives (`tests/keras/make_file_own_cells.py`).

use keras_core::files::keras::{CustomCell, LoadModel};
use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;
use serde_json::Value as Json;

use super::keras_files::{arrays, assert_close, fixture};

/// One state, which is the output.
struct Leaky {
    units: usize,
}

impl CustomCell for Leaky {
    fn output(&self) -> usize {
        self.units
    }

    fn weights(&self, features: usize) -> Vec<WeightSpec> {
        let weight = |name, shape: [usize; 2]| WeightSpec::new(name, Dims::fixed(&shape), Initializer::Zeros);
        vec![weight("kernel", [features, self.units]), weight("recurrent_kernel", [self.units, self.units])]
    }

    fn step(
        &self,
        x: &Symbolic,
        states: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
        let of_state = ops::matmul(&states[0], cx.weight("recurrent_kernel"));
        let y = ops::tanh(ops::matmul(x, cx.weight("kernel")) + of_state);
        Ok((y.clone(), vec![y]))
    }
}

/// Two states of different widths, and layers inside.
struct Memory {
    units: usize,
    memory: usize,
}

impl CustomCell for Memory {
    fn output(&self) -> usize {
        self.units
    }

    fn states(&self) -> Vec<usize> {
        vec![self.units, self.memory]
    }

    fn weights(&self, features: usize) -> Vec<WeightSpec> {
        let weight = |name, shape: &[usize]| WeightSpec::new(name, Dims::fixed(shape), Initializer::Zeros);
        vec![
            weight("kernel", &[features, self.units]),
            weight("write/kernel", &[self.units, self.memory]),
            weight("write/bias", &[self.memory]),
            weight("read/kernel", &[self.memory, self.units]),
            weight("read/bias", &[self.units]),
        ]
    }

    fn step(
        &self,
        x: &Symbolic,
        states: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
        let (kernel, bias) = (cx.weight("read/kernel"), cx.weight("read/bias"));
        let read = |m: &Symbolic| ops::matmul(m, &kernel) + &bias;
        let h = ops::tanh(ops::matmul(x, cx.weight("kernel")) - &states[0] + read(&states[1]));
        let written = ops::matmul(&h, cx.weight("write/kernel")) + cx.weight("write/bias");
        let m = &states[1] * 0.5 + ops::sigmoid(written);
        let y = &h * 2.0 - read(&m);
        Ok((y, vec![h, m]))
    }
}

fn size(config: &Json, name: &str) -> usize {
    config[name].as_u64().unwrap_or(0) as usize
}

fn model() -> keras_core::Result<LoadedModel> {
    LoadModel::new(fixture("own_cells.keras"))
        .custom_cell("Leaky", |config| Ok(Leaky { units: size(config, "units") }))
        .custom_cell("Cells>Memory", |config| {
            Ok(Memory { units: size(config, "units"), memory: size(config, "memory") })
        })
        .run()
}

/// By themselves, in stacks, in both directions, behind masks and with initial states; then after a step of training.
#[test]
fn cells_of_the_callers_stand_for_those_of_the_author() {
    let io = fixture("own_cells_io.npz");
    let inputs = arrays(&io, "input_");
    let inputs: Vec<_> = inputs.iter().collect();
    let model = model().expect("a model");
    let found: AnyOutputs = model.predict_on_batch(&inputs[..]).expect("outputs");
    assert_close("own_cells", &found.to_vec().expect("numbers"), &arrays(&io, "output_")[0]);
    let mut model = model.compiled().expect("a training");
    let target = ndarray::Array2::<f32>::zeros((5, 2)).into_dyn();
    model.train_on_batch(&inputs[..], &[&target][..]).expect("a step");
    let trained = arrays(&io, "trained_");
    assert_eq!(model.weights().len(), trained.len());
    for ((path, weight), wanted) in model.weights().iter().zip(&trained) {
        assert_close(path, &weight.to_vec().expect("numbers"), wanted);
    }
}

#[test]
fn cells_that_nobody_gives_are_named() {
    let error = load_model(fixture("own_cells.keras")).expect_err("own classes").to_string();
    for name in ["`Cells>Leaky`", "`Cells>Memory`"] {
        assert!(error.contains(name), "{error}");
    }
    let leaky = |config: &Json| Ok(Leaky { units: size(config, "units") });
    let error = LoadModel::new(fixture("own_cells.keras")).custom_cell("Leaky", leaky).run();
    let error = error.expect_err("an own class").to_string();
    assert!(error.contains("`Cells>Memory`") && !error.contains("`Cells>Leaky`"), "{error}");
    // What a cell says of itself may be wrong.
    let error = LoadModel::new(fixture("own_cells.keras"))
        .custom_cell("Leaky", |_| Ok(Leaky { units: 0 }))
        .custom_cell("Memory", |_| Ok(Memory { units: 4, memory: 2 }))
        .run();
    let error = error.expect_err("no width").to_string();
    assert!(error.contains("has the width 0"), "{error}");
    let error = model().expect("a model").save(std::env::temp_dir().join("own_cells_never.keras"));
    assert!(error.is_err_and(|error| error.to_string().contains("own")), "own cells are not written");
}
