//! `RNN` and its cells: the kernels against the operations, cells one upon the other against layers one behind the other,
//! one step after the other against the whole sequence.

use keras_core::data::npy::Npz;
use keras_core::files::keras::LoadedModel;
use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;
use ndarray::{Array, IxDyn, s};

use super::engine::{near, noise, shake};
use super::engine_recurrent::{array, padded, same};

#[test]
fn one_cell() {
    for x in [array(&[1, 1, 3]), array(&[19, 6, 3])] {
        same(x, || model!(Input(None, 3) => RNN(LSTMCell(5)) => Dense(2)));
        same(x, || model!(Input(None, 3) => RNN(GRUCell(5), return_sequences = true)));
        same(x, || model!(Input(None, 3) => RNN([SimpleRNNCell(5)], go_backwards = true)));
    }
}

#[test]
fn stacks() {
    for x in [array(&[1, 1, 3]), array(&[19, 6, 3])] {
        same(x, || model!(Input(None, 3) => RNN([LSTMCell(5), LSTMCell(17)]) => Dense(2)));
        same(x, || {
            model!(Input(None, 3) => RNN(StackedRNNCells([GRUCell(4, use_bias = false), SimpleRNNCell(3), LSTMCell(2)]),
                return_sequences = true, go_backwards = true))
        });
        same(x, || model!(Input(None, 3) => Bidirectional(RNN([LSTMCell(5), GRUCell(4)])) => Dense(2)));
    }
}

#[test]
fn masked_stacks() {
    for x in [padded(&[4, 6, 2]), padded(&[19, 5, 2])] {
        same(x, || {
            model!(Input(None, 2) => Masking() => RNN([LSTMCell(5), GRUCell(4)], go_backwards = true,
                zero_output_for_mask = true))
        });
        same(x, || {
            model!(Input(None, 2) => Masking() => RNN([GRUCell(4), LSTMCell(5)], return_sequences = true,
                go_backwards = true, zero_output_for_mask = true) => LSTM(2))
        });
    }
}

#[test]
fn states_of_stacks() {
    for x in [array(&[5, 6, 3]), padded(&[4, 5, 3])] {
        same(x, || {
            model!({
                let x = Input(None, 3);
                let steps = x => Masking();
                let (y, h, c, g) = steps => RNN([LSTMCell(4), GRUCell(3)], return_state = true);
                let z = x => RNN([LSTMCell(4), GRUCell(3)], initial_state = [[h, c], [g]], return_sequences = true);
                let other = [y, g] => Concatenate();
                [z => RNN(SimpleRNNCell(6)), other] => Add()
            })
        });
    }
}

/// The same numbers with the layers that the cells make, one behind the other.
#[test]
fn a_stack_is_its_layers_one_behind_the_other() -> keras_core::Result<()> {
    let x = padded(&[4, 6, 3]);
    let mut stack = model!(Input(None, 3) => Masking() => RNN([LSTMCell(5), GRUCell(4)], return_sequences = true) => SimpleRNN(2));
    let mut layers = model! {
        Input(None, 3) => Masking() => LSTM(5, return_sequences = true) => GRU(4, return_sequences = true) => SimpleRNN(2)
    };
    shake(&mut stack);
    shake(&mut layers);
    near("stack", &stack.predict(x)?.to_vec()?, &layers.predict(x)?.to_vec()?, 1e-6);
    Ok(())
}

model! {
    /// Two steps of a stack.
    struct Steps {
        let cell = StackedRNNCells([LSTMCell(4), GRUCell(3)]);
        let first = Input(3);
        let second = Input(3);
        let h = Input(4);
        let c = Input(4);
        let g = Input(3);
        let (_, h, c, g) = [first, h, c, g] => cell;
        let (y, ..) = [second, h, c, g] => cell;
        y
    }
}

/// A stack on its own, applied step by step, gives what `RNN` gives of the whole.
#[test]
fn cells_step_by_step() -> keras_core::Result<()> {
    let mut steps = Steps::new();
    let mut whole = model!(Input(2, 3) => RNN([LSTMCell(4), GRUCell(3)]));
    shake(&mut steps);
    shake(&mut whole);
    let x = Array::from_shape_vec((5, 2, 3), noise(30, 4)).expect("a shape");
    let (first, second) = (x.slice(s![.., 0, ..]).to_owned(), x.slice(s![.., 1, ..]).to_owned());
    let (four, three) = (Array::<f32, _>::zeros((5, 4)), Array::<f32, _>::zeros((5, 3)));
    let inputs = StepsInputs { first: &first, second: &second, h: &four, c: &four, g: &three };
    near("steps", &steps.predict(inputs)?.to_vec()?, &whole.predict(&x)?.to_vec()?, 1e-6);
    Ok(())
}

/// A cell that is bound is given by its name, as in Python.
#[test]
fn a_bound_cell() {
    let model = model! {
        let x = Input(None, 3);
        let cell = LSTMCell(4, name = "mine");
        let y = x => RNN(cell, return_sequences = true);
        y => RNN([GRUCell(2); 2], name = "stack")
    };
    let names: Vec<String> = model.weights().into_iter().map(|(path, _)| path).collect();
    assert_eq!(names[0], "rnn/mine/kernel");
    assert_eq!(names[3], "stack/stacked_rnn_cells/gru_cell/kernel");
    assert_eq!(names[6], "stack/stacked_rnn_cells/gru_cell_1/kernel");
}

/// By Keras 3.15 (`tests/keras/make_file_cells.py`): stacks with states, in both directions, a cell on its own.
#[test]
fn a_file_of_keras_with_cells() -> keras_core::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keras_files");
    let mut io = Npz::open(folder.join("cells_io.npz"))?;
    let mut read = |name: &str| io.read::<f32, IxDyn>(name);
    let (steps, row, wanted) = (read("input_0")?, read("input_1")?, read("output_0")?);
    let check = |model: &LoadedModel| -> keras_core::Result<()> {
        let found: AnyOutputs = model.predict_on_batch(&[&steps, &row][..])?;
        let found = found.iter().next().expect("an output").to_vec()?;
        near("a file", &found, wanted.as_slice().expect("numbers"), 1e-5);
        Ok(())
    };
    let model = load_model(folder.join("cells.keras"))?;
    check(&model)?;
    let path = std::env::temp_dir().join("keras_core_cells.keras");
    model.save(&path)?;
    check(&load_model(&path)?)
}
