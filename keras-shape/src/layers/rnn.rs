use super::cell::CellArg;
use super::check::tri;
use super::recurrent::{check_initial_states, check_steps, sequence};
use super::stacked_rnn_cells::{
    cell_name, cell_weights, cells_of, check_cells, check_outputs, last_units, states, step_of_sequence,
    with_states, written,
};
use super::{Pass, Recurrent};
use crate::cost::MultiplyAdds;
use crate::{Inner, MaskRule, Outputs, Regularizer, Shape, ShapeError, TensorSpec, Text, Weights};

layer! {
    /// Runs a cell, or a stack of cells, over the steps of a sequence: `(batch, time, features)` to `(batch, units)` of the
    /// last cell, or to `(batch, time, units)` with `return_sequences`.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/rnn/).
    ///
    /// `RNN(LSTMCell(16))` is `LSTM(16)`, and `RNN([LSTMCell(16), LSTMCell(8)])` runs each step through both cells. States are
    /// a flat list, those of the first cell first: `initial_state = [h, c, h2, c2]`.
    ///
    /// A cell may be a type of your own that implements `keras_core::model::Cell`: `RNN(Mine())`, `RNN([Mine(), GRUCell(8)])`,
    /// `Bidirectional(RNN(Mine()))`. A masked step gives the output before it again, or its first state before the first.
    ///
    /// Beside `initial_state` a mask that the input carries is handed on and not applied: padded steps count, as in Keras
    /// 3.15. `mask = m` is applied always.
    pub struct RNN {
        /// The cell, `LSTMCell`, `GRUCell`, `SimpleRNNCell`, `StackedRNNCells` or one of your own, or a list of cells.
        cell: CellArg,
        /// Whether the output has every step or only the last.
        return_sequences: bool = false,
        /// Whether the last states come as further outputs.
        return_state: bool = false,
        /// Whether time runs from the end.
        go_backwards: bool = false,
        /// Whether each batch goes on from the states of the one before.
        stateful: bool = false,
        /// Accepted as Keras does; it changes no number.
        unroll: bool = false,
        /// Whether a masked step gives zeros instead of the output before it.
        zero_output_for_mask: bool = false,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = None,
    }
}

const CLASS: &str = "RNN";

impl RNN {
    /// The cells, the first of which sees the input.
    pub const fn cells(&self) -> &[Inner] {
        cells_of(&self.cell.0)
    }

    /// What stands before the names of the weights of cell `i`, without the slash.
    pub const fn cell_path(&self, i: usize) -> Text<96> {
        let name = cell_name(self.cells(), i);
        self.stack_path().s(name.as_str())
    }

    /// Cell `i` as a layer: it goes over the sequence that the cell before it gives, and so the numbers are those of all
    /// cells at every step. Only the first runs backwards, as it gives the step first that it takes first.
    pub const fn layer(&self, i: usize) -> Option<Recurrent> {
        let cells = self.cells();
        let Some(mut cell) = cells[i].config.cell() else { return None };
        let last = i + 1 == cells.len();
        cell.class = CLASS;
        cell.return_sequences = self.return_sequences || !last;
        cell.return_state = self.return_state;
        cell.go_backwards = self.go_backwards && i == 0;
        cell.stateful = self.stateful;
        cell.unroll = self.unroll;
        cell.zero_output_for_mask = self.zero_output_for_mask && last;
        Some(cell)
    }

    /// The layer that it is, if it has one cell.
    const fn alone(&self) -> Option<Recurrent> {
        if self.cells().len() == 1 { self.layer(0) } else { None }
    }

    const fn pass(&self) -> Pass {
        Pass {
            class: CLASS,
            go_backwards: self.go_backwards,
            return_sequences: self.return_sequences,
            return_state: self.return_state,
            stateful: self.stateful,
            units: last_units(self.cells()),
            states: states(self.cells()).as_slice().len(),
            zero_output_for_mask: self.zero_output_for_mask,
        }
    }

    const fn stack_path(&self) -> Text<96> {
        let path = Text::new();
        match (self.cell.0.config.facts().stack, self.cell.0.name) {
            (Some(_), Some(name)) => path.s(name).s("/"),
            (Some(_), None) => path.s(self.cell.0.config.snake()).s("/"),
            (None, _) => path,
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let cells = self.cells();
        tri!(check_cells(CLASS, "cell", cells));
        let shape = tri!(sequence(CLASS, inputs));
        tri!(check_steps(CLASS, self.stateful, self.unroll, &shape));
        let states = states(cells);
        if inputs.len() > 1 {
            let all = written("", cells);
            tri!(check_initial_states(CLASS, states.as_slice(), all.as_str(), &shape, inputs.split_at(1).1));
        }
        let units = last_units(cells).dim();
        let last = Shape::new(&[shape.batch(), units]);
        let out = Outputs::float(if self.return_sequences { shape.with_last(units) } else { last });
        if !self.return_state {
            return Ok(out);
        }
        match check_outputs(CLASS, states.as_slice().len()) {
            Ok(()) => Ok(with_states(out, cells, &last)),
            Err(error) => Err(error.arg("return_state")),
        }
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        cell_weights(self.stack_path().as_str(), self.cells(), &step_of_sequence(&inputs[0]))
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        if self.return_sequences { MaskRule::UseAndPass } else { MaskRule::Use }
    }

    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let step = step_of_sequence(&inputs[0]);
        self.cell.0.config.multiply_adds(&[step]).times(inputs[0].shape.dim(1))
    }
}

facts!(RNN {
    takes_ids: false,
    uses_batch: false,
    named_mask: Steps,
    over_steps: |layer| Some(crate::OverSteps::of(layer.stateful, layer.alone(), layer.pass())),
    wraps: |_layer| Some("cell"),
});
