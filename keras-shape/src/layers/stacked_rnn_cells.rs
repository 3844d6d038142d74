use super::Recurrent;
use super::cell::{CellsArg, step_input};
use super::check::{inside, tri};
use crate::cost::MultiplyAdds;
use crate::{
    Dim, Inner, LayerConfig, MAX_WEIGHTS, MaskRule, Outputs, Shape, ShapeError, Size, TensorSpec, Text,
    Weights,
};

layer! {
    /// Cells one upon the other as one cell: each step of a sequence goes through all of them.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/stacked_rnn_cells/).
    ///
    /// `RNN([LSTMCell(16), LSTMCell(8)])` makes one of the list. On its own it takes the features of a step and all states
    /// before it, those of the first cell first, and gives its output and the states after the step.
    pub struct StackedRNNCells {
        /// The cells, the first of which sees the input.
        cells: CellsArg,
    }
}

const CLASS: &str = "StackedRNNCells";

/// The most states of a stack: a cell has no more states than weights.
pub(crate) const MAX_STATES: usize = MAX_WEIGHTS;

/// The widths of all states of the cells.
#[derive(Clone, Copy)]
pub(crate) struct States {
    list: [Size; MAX_STATES],
    len: usize,
}

impl States {
    pub(crate) const fn as_slice(&self) -> &[Size] {
        self.list.split_at(self.len).0
    }
}

/// The widths of all states that these cells have.
pub(crate) const fn states(cells: &[Inner]) -> States {
    let mut states = States { list: [Size::Known(0); MAX_STATES], len: 0 };
    let mut i = 0;
    while i < cells.len() {
        if let Some(cell) = cells[i].config.cell() {
            let mut j = 0;
            while j < cell.states && states.len < MAX_STATES {
                states.list[states.len] = cell.units;
                states.len += 1;
                j += 1;
            }
        }
        i += 1;
    }
    states
}

/// How the states of these cells are written behind `first`: `[h, c, h, c]`.
pub(crate) const fn written(first: &str, cells: &[Inner]) -> Text<128> {
    let mut text = Text::new().s("[").s(first);
    let mut some = !first.is_empty();
    let mut i = 0;
    while i < cells.len() {
        let two = match cells[i].config.cell() {
            Some(cell) => cell.states == 2,
            None => false,
        };
        text = text.s(if some { ", " } else { "" }).s(if two { "h, c" } else { "h" });
        some = true;
        i += 1;
    }
    text.s("]")
}

/// The cells that a cell is made of: those of a stack, or it alone.
pub(crate) const fn cells_of(cell: &Inner) -> &[Inner] {
    match cell.config.facts().stack {
        Some(cells) => cells,
        None => core::slice::from_ref(cell),
    }
}

/// The tensor that cell `i` sees at a step, from what the first sees.
pub(crate) const fn seen(cells: &[Inner], i: usize, first: &TensorSpec) -> TensorSpec {
    let mut seen = *first;
    if i > 0
        && let Some(before) = cells[i - 1].config.cell()
    {
        seen.shape = seen.shape.with_last(before.units.dim());
    }
    seen
}

/// Whether these are cells that go together, `arg` being what holds them.
pub(crate) const fn check_cells(class: &str, arg: &'static str, cells: &[Inner]) -> Result<(), ShapeError> {
    if cells.is_empty() {
        let text = Text::new().s(class).s(" needs at least one cell; the list is empty");
        let help = Text::new().s("write them into it, as `[LSTMCell(16), LSTMCell(8)]`");
        return Err(ShapeError::new(text).help(help).arg(arg));
    }
    let mut weights = 0;
    let mut i = 0;
    while i < cells.len() {
        let Some(cell) = cells[i].config.cell() else {
            return Err(no_cell(class, arg, cells[i].config));
        };
        if let Err(error) = cell.check_arguments() {
            return Err(inside(class, arg, &error));
        }
        tri!(check_name(class, arg, cells, i));
        weights += cell.weight_count();
        i += 1;
    }
    if weights > MAX_WEIGHTS {
        let text = Text::new()
            .s(class)
            .s(": a layer has at most ")
            .n(MAX_WEIGHTS)
            .s(" weights, and these ")
            .n(cells.len())
            .s(" cells have ")
            .n(weights);
        let help = Text::new().s("the numbers are the same with layers one behind the other: `LSTM(16, return_sequences = true) => LSTM(8)`");
        return Err(ShapeError::new(text).help(help).arg(arg));
    }
    Ok(())
}

/// The weights of cells go by their names, so each name stands once and fits into a path.
const fn check_name(class: &str, arg: &'static str, cells: &[Inner], i: usize) -> Result<(), ShapeError> {
    let name = cell_name(cells, i);
    if let Some(given) = cells[i].name
        && given.len() > MAX_CELL_NAME
    {
        let text = Text::new()
            .s(class)
            .s(": the name of a cell is part of the paths of its weights, and has at most ");
        let text = text.n(MAX_CELL_NAME).s(" bytes here; found ").n(given.len());
        return Err(ShapeError::new(text).help(Text::new().s("give the cell a shorter `name`")).arg(arg));
    }
    let mut j = 0;
    while j < i {
        if crate::text::same(cell_name(cells, j).as_str(), name.as_str()) {
            let text = Text::new().s(class).s(": two cells are called `").s(name.as_str()).s("`");
            let help = Text::new().s("give each cell a `name` of its own, or none");
            return Err(ShapeError::new(text).help(help).arg(arg));
        }
        j += 1;
    }
    Ok(())
}

const MAX_CELL_NAME: usize = 32;

const fn no_cell(class: &str, arg: &'static str, config: &LayerConfig) -> ShapeError {
    let found = config.class();
    let text = Text::new().s(class).s(" takes cells: `LSTMCell`, `GRUCell`, `SimpleRNNCell`");
    if config.facts().stack.is_some() {
        let text = text.s("; this is a stack in a stack");
        let help = Text::new().s("write its cells into the list of the outer one: the numbers are the same");
        return ShapeError::new(text).help(help).arg(arg);
    }
    let text = text.s(" or a list of them; `").s(found).s("` is a layer over whole tensors");
    let help = match config.recurrent() {
        Some(layer) if crate::text::same(layer.kind.layer(), found) => Text::new()
            .s("write `")
            .s(found)
            .s("Cell(...)`, or the layer `")
            .s(found)
            .s("(...)` without `")
            .s(class)
            .s("`"),
        Some(_) | None => Text::new()
            .s("a cell of your own is a type that implements `Cell`: its `step` is written in `ops`"),
    };
    ShapeError::new(text).help(help).arg(arg)
}

/// What cell `i` is called: by its name, or as Keras calls it in a fresh session.
pub(crate) const fn cell_name(cells: &[Inner], i: usize) -> Text<64> {
    if let Some(name) = cells[i].name {
        return Text::new().s(name);
    }
    let snake = cells[i].config.snake();
    let (mut j, mut before) = (0, 0);
    while j < i {
        before += (cells[j].name.is_none() && crate::text::same(cells[j].config.snake(), snake)) as usize;
        j += 1;
    }
    let name = Text::new().s(snake);
    if before == 0 { name } else { name.s("_").n(before) }
}

/// The weights of the cells behind `path`, from what the first cell sees.
pub(crate) const fn cell_weights(path: &str, cells: &[Inner], first: &TensorSpec) -> Weights {
    let mut all = Weights::NONE;
    let mut i = 0;
    while i < cells.len() {
        let weights = cells[i].weights(&[seen(cells, i, first)]);
        if all.len() + weights.len() > MAX_WEIGHTS {
            return all;
        }
        let name = cell_name(cells, i);
        let path: Text<96> = Text::new().s(path).s(name.as_str());
        all = all.with_inner(path.as_str(), &weights);
        i += 1;
    }
    all
}

/// What the states after a step or after the last one add to `out`, whose shape is `state` but for the last axis.
pub(crate) const fn with_states(mut out: Outputs, cells: &[Inner], state: &Shape) -> Outputs {
    let states = states(cells);
    let mut i = 0;
    while i < states.len {
        out = out.and(TensorSpec::float(state.with_last(states.list[i].dim())));
        i += 1;
    }
    out
}

/// More tensors than a layer may give.
pub(crate) const fn check_outputs(class: &str, states: usize) -> Result<(), ShapeError> {
    if states < crate::MAX_OUTPUTS {
        return Ok(());
    }
    let text = Text::new()
        .s(class)
        .s(" would give its output and ")
        .n(states)
        .s(" states; a layer gives at most ")
        .n(crate::MAX_OUTPUTS)
        .s(" tensors");
    let help =
        Text::new().s("write the cells as layers one behind the other, each with `return_state = true`");
    Err(ShapeError::new(text).help(help))
}

impl StackedRNNCells {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let cells = self.cells.0;
        tri!(check_cells(CLASS, "cells", cells));
        let states = states(cells);
        let shape = tri!(step_input(CLASS, written("x", cells).as_str(), states.as_slice(), inputs));
        tri!(check_outputs(CLASS, states.len));
        let width = seen(cells, cells.len(), &inputs[0]).shape.last();
        Ok(with_states(Outputs::float(shape.with_last(width)), cells, &shape))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        cell_weights("", self.cells.0, &inputs[0])
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Drop
    }

    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let cells = self.cells.0;
        let each = cells
            .iter()
            .enumerate()
            .map(|(i, cell)| cell.config.multiply_adds(&[seen(cells, i, &inputs[0])]));
        each.fold(MultiplyAdds::default(), |sum, cell| sum.plus(&cell))
    }

    /// The cells with their names, in order.
    pub fn named_cells(&self) -> impl Iterator<Item = (Text<64>, Recurrent)> {
        let cells = self.cells.0;
        cells.iter().enumerate().filter_map(|(i, cell)| Some((cell_name(cells, i), cell.config.cell()?)))
    }
}

facts!(StackedRNNCells {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    stack: |layer| Some(layer.cells.0),
    wraps: |_layer| Some("cells"),
});

/// A width that is not zero, for what is computed of it.
pub(crate) const fn last_units(cells: &[Inner]) -> Size {
    match cells {
        [.., last] => match last.config.cell() {
            Some(cell) => cell.units,
            None => Size::Later,
        },
        [] => Size::Later,
    }
}

/// The axis of the features of a step.
pub(crate) const fn step_of_sequence(sequence: &TensorSpec) -> TensorSpec {
    let shape = sequence.shape;
    TensorSpec::float(Shape::new(&[if shape.rank() > 0 { shape.batch() } else { Dim::NONE }, shape.last()]))
}
