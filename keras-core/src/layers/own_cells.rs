//! `RNN` and `Bidirectional` around cells of somebody's own: the steps of a sequence through all cells, in one scan.

use keras_ops::{self as ops, Symbolic};
use keras_shape::LayerConfig;
use keras_shape::layers::{Pass, StepCell};

use super::bidirectional::joined;
use super::recurrent::{by_step, steps_first};
use crate::model::{RunCell, Trace};
use crate::{Error, Result};

/// The outputs of `config`, an `RNN` or a `Bidirectional`, with these cells for each direction in the place of its own.
///
/// # Errors
/// What a cell finds wrong; a cell that gives other tensors than it says.
pub(crate) fn over_cells(
    config: &LayerConfig,
    cells: &[Vec<RunCell>],
    inputs: &[Symbolic],
    cx: &mut Trace<'_>,
) -> Result<Vec<Symbolic>> {
    let [sequence, states @ ..] = inputs else { return Err(Error::layer("a sequence is missing")) };
    let mask = cx.mask(0);
    match (config.both_ways(), cells) {
        (None, [cells]) => pass(config, cells, "", (sequence, states), mask, cx),
        (Some(layer), [forward, backward]) => {
            let directions = layer.directions().map_err(|e| Error::layer(e.to_string()))?;
            let [first, second] = directions.layers;
            let (before, after) = states.split_at(count(forward).min(states.len()));
            let [one, other] = layer.inner_names();
            let y = pass(&first, forward, one.as_str(), (sequence, before), mask.clone(), cx)?;
            let back = pass(&second, backward, other.as_str(), (sequence, after), mask, cx)?;
            Ok(joined(layer.merge_mode, directions.passes[0].return_sequences, y, back))
        }
        _ => Err(Error::layer("these cells stand in an `RNN` or in a `Bidirectional`")),
    }
}

/// How many states the cells have.
fn count(cells: &[RunCell]) -> usize {
    cells.iter().map(|cell| cell.widths().states().len()).sum()
}

/// One direction: the output, and the last states where they are asked for.
fn pass(
    config: &LayerConfig,
    cells: &[RunCell],
    path: &str,
    (sequence, initial): (&Symbolic, &[Symbolic]),
    mask: Option<Symbolic>,
    cx: &mut Trace<'_>,
) -> Result<Vec<Symbolic>> {
    let Some(layer) = &config.pass() else {
        return Err(Error::layer("these cells stand in an `RNN` or in a `Bidirectional`"));
    };
    let [batch, steps, _] = **sequence.shape() else {
        return Err(Error::layer(format!("a sequence of shape {}", sequence.shape())));
    };
    if steps == 0 {
        return Err(Error::layer("a sequence of no steps has no output"));
    }
    let counts = mask.map(|mask| by_step(&mask, batch, steps)).transpose()?;
    let x = steps_first(sequence);
    // What stands in a step that does not count says nothing, not even in a gradient.
    let x = counts.iter().fold(x, |x, counts| ops::where_(counts, x, 0.0));
    let init = first_states(layer, cells, initial, batch, cx);
    let (last, mut ys) = scan(layer, cells, path, &x, counts.as_ref(), init, cx)?;
    let (last, end) = last.split_at(count(cells));
    if layer.stateful {
        cx.keep(last);
    }
    let output = match (ys.pop(), end) {
        // The step that is taken first is given first.
        (Some(ys), _) if layer.go_backwards => steps_first(&ops::flip(ys, 0)),
        (Some(ys), _) => steps_first(&ys),
        (None, [end, ..]) => end.clone(),
        (None, []) => return Err(Error::layer("a pass over a sequence without an output")),
    };
    let mut outputs = vec![output];
    if layer.return_state {
        outputs.extend_from_slice(last);
    }
    outputs.iter().for_each(|y| cx.regularize(&config.activity_regularizer(), y));
    Ok(outputs)
}

/// The states before the first step.
fn first_states(
    layer: &Pass,
    cells: &[RunCell],
    initial: &[Symbolic],
    batch: usize,
    cx: &mut Trace<'_>,
) -> Vec<Symbolic> {
    let shapes: Vec<[usize; 2]> =
        cells.iter().flat_map(|cell| cell.widths().states().to_vec()).map(|width| [batch, width]).collect();
    let shapes: Vec<&[usize]> = shapes.iter().map(|shape| &shape[..]).collect();
    let kept = layer.stateful.then(|| cx.states(&shapes));
    match (initial, kept) {
        ([], Some(kept)) => kept,
        ([], None) => shapes.iter().map(|shape| ops::zeros(*shape)).collect(),
        (given, _) => given.to_vec(),
    }
}

/// The last states, behind them the last output; and all outputs where they are asked for.
fn scan(
    layer: &Pass,
    cells: &[RunCell],
    path: &str,
    x: &Symbolic,
    counts: Option<&Symbolic>,
    mut init: Vec<Symbolic>,
    cx: &mut Trace<'_>,
) -> Result<(Vec<Symbolic>, Vec<Symbolic>)> {
    let states = init.len();
    // A masked step repeats the output before it. Before the first that is its first state, as in Keras, if they are alike.
    let batch = x.shape()[1];
    let width = cells.last().map_or(0, |cell| cell.widths().output());
    init.push(match init.first() {
        Some(first) if **first.shape() == [batch, width] => first.clone(),
        _ => ops::zeros([batch, width]),
    });
    let mut problem = None;
    let body = |carry: &[Symbolic], xs: &[Symbolic]| {
        let (before, output) = (&carry[..states], &carry[states]);
        let (mut y, mut next) = match step(cells, path, &xs[0], before, cx) {
            Ok(step) => step,
            Err(error) => {
                problem = Some(error);
                (output.clone(), before.to_vec())
            }
        };
        if let Some(counts) = xs.get(1) {
            let skipped = if layer.zero_output_for_mask { ops::zeros_like(&y) } else { output.clone() };
            y = ops::where_(counts, y, skipped);
            next = next.iter().zip(before).map(|(new, old)| ops::where_(counts, new, old)).collect();
        }
        let ys = if layer.return_sequences { vec![y.clone()] } else { Vec::new() };
        next.push(y);
        (next, ys)
    };
    let carry: Vec<&dyn ops::Operand> = init.iter().map(|state| state as &dyn ops::Operand).collect();
    let xs: Vec<&dyn ops::Operand> =
        core::iter::once(x).chain(counts).map(|x| x as &dyn ops::Operand).collect();
    let (last, ys) = ops::scan(body, &carry, &xs, None, layer.go_backwards);
    match problem {
        Some(error) => Err(error),
        None => Ok((last, ys)),
    }
}

/// One step through all cells: the output of the last, and the states of all.
fn step(
    cells: &[RunCell],
    path: &str,
    x: &Symbolic,
    mut before: &[Symbolic],
    cx: &mut Trace<'_>,
) -> Result<(Symbolic, Vec<Symbolic>)> {
    let (mut x, mut after) = (x.clone(), Vec::new());
    for cell in cells {
        let widths = cell.widths();
        let (own, rest) = before.split_at(widths.states().len());
        let (left, name) = (cx.left(), cell.path(path));
        let (y, states) =
            cx.with_first(&name, None, |cx| cell.step(x, own, cx)).map_err(|e| in_cell(cell, &e))?;
        if cx.left() != left {
            return Err(Error::layer(format!(
                "cell `{}` gives a weight a new value, or adds a loss: at a step it may not",
                cell.name()
            )));
        }
        check(cell, &widths, &y, &states, own)?;
        after.extend(states);
        x = y;
        before = rest;
    }
    Ok((x, after))
}

fn in_cell(cell: &RunCell, error: &Error) -> Error {
    Error::layer(format!("in cell `{}`: {error}", cell.name()))
}

/// Whether a cell gives what it says.
fn check(
    cell: &RunCell,
    widths: &StepCell,
    y: &Symbolic,
    states: &[Symbolic],
    before: &[Symbolic],
) -> Result<()> {
    let name = cell.name();
    let mistake = |y: &Symbolic| y.clone().check().map_err(|e| in_cell(cell, &Error::layer(e.to_string())));
    mistake(y)?;
    if states.len() != before.len() {
        let (found, said) = (states.len(), before.len());
        return Err(Error::layer(format!(
            "cell `{name}` gives {found} states after a step; its `STATES` says {said}"
        )));
    }
    let batch = before.first().map_or(0, |state| state.shape()[0]);
    let wanted = core::iter::once(widths.output()).chain(widths.states().iter().copied());
    for (i, (tensor, width)) in core::iter::once(y).chain(states).zip(wanted).enumerate() {
        mistake(tensor)?;
        if **tensor.shape() != [batch, width] {
            let what = if i == 0 { "an output".to_string() } else { format!("as state {}, a tensor", i - 1) };
            return Err(Error::layer(format!(
                "cell `{name}` gives {what} of shape {}; it says ({batch}, {width})",
                tensor.shape()
            )));
        }
    }
    Ok(())
}
