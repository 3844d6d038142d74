//! The scan over time that LSTM, GRU and SimpleRNN share. A layer's own file has only its cell: the
//! arithmetic of one step.

use core::ops::Range;

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::{CellKind, Recurrent};

use super::gru::GruCell;
use super::lstm::LstmCell;
use super::simple_rnn::SimpleCell;
use crate::model::Trace;
use crate::{Error, Result};

/// One step of a recurrent layer.
pub(super) trait Cell {
    /// The states after a step, from its projected input `(batch, gates * units)` and the states before it, each
    /// `(batch, units)`. The first state is the step's output.
    fn step(&self, x: &Symbolic, states: &[Symbolic]) -> Vec<Symbolic>;
}

/// Everything of a pass over a batch of sequences that does not depend on the step.
pub(super) struct Scan {
    layer: Recurrent,
    /// The projected inputs `(time, batch, gates * units)`.
    x: Symbolic,
    /// Which steps count, `(time, batch, 1)`.
    counts: Option<Symbolic>,
    states: Vec<Symbolic>,
    recurrent_kernel: Symbolic,
    recurrent_bias: Option<Symbolic>,
    /// Dropout of the state, for each gate.
    recurrent_dropout: Option<Vec<Symbolic>>,
    units: usize,
}

/// A recurrent layer, from its sequence and perhaps its first states.
///
/// # Errors
/// There are no steps; a mask or a state does not fit.
pub(super) fn layer(layer: Recurrent, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
    let mask = cx.mask(0);
    pass(layer, inputs, mask, cx)
}

/// The same with this mask of the sequence.
///
/// # Errors
/// As [`layer`].
pub(super) fn pass(
    layer: Recurrent,
    inputs: &[Symbolic],
    mask: Option<Symbolic>,
    cx: &mut Trace<'_>,
) -> Result<Vec<Symbolic>> {
    let scan = Scan::new(layer, inputs, mask, cx)?;
    let cell = scan.cell();
    Ok(scan.run(&*cell, cx))
}

/// One step of a cell, from the features of a step and the states before it: the output and the states after it.
///
/// # Errors
/// A tensor does not fit.
pub(super) fn step(cell: Recurrent, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
    let [x, states @ ..] = inputs else {
        return Err(Error::layer(format!("`{}` without an input", cell.class)));
    };
    let inputs = [&[ops::expand_dims(x, 1)], states].concat();
    let scan = Scan::new(cell, &inputs, None, cx)?;
    let states = scan.cell().step(&ops::squeeze(&scan.x, 0), &scan.states);
    Ok([&states[..1], &states[..]].concat())
}

impl Scan {
    /// Projects the inputs of all steps at once.
    fn new(
        layer: Recurrent,
        inputs: &[Symbolic],
        mask: Option<Symbolic>,
        cx: &mut Trace<'_>,
    ) -> Result<Self> {
        let [sequence, initial @ ..] = inputs else {
            return Err(Error::layer(format!("`{}` without an input", layer.class)));
        };
        let [batch, steps, features] = **sequence.shape() else {
            return Err(Error::layer(format!("a sequence of shape {}", sequence.shape())));
        };
        if steps == 0 {
            return Err(Error::layer("a sequence of no steps has no output"));
        }
        let weight = |name: &str| match layer.cell {
            "" => cx.weight(name),
            cell => cx.weight(&format!("{cell}/{name}")),
        };
        let (kernel, recurrent_kernel) = (weight("kernel"), weight("recurrent_kernel"));
        let bias = layer.use_bias.then(|| weight("bias"));
        let units = recurrent_kernel.shape()[0];
        let counts = mask.map(|mask| by_step(&mask, batch, steps)).transpose()?;
        let x = steps_first(sequence);
        // What stands in a step that does not count says nothing, not even in a gradient.
        let x = counts.iter().fold(x, |x, counts| ops::where_(counts, x, 0.0));
        let dropout = Dropout { layer: &layer, batch };
        let input_dropout = dropout.of_input(features, cx);
        let recurrent_dropout = dropout.of_state(units, cx);
        let x = project(&x, &kernel, layer.gates, input_dropout);
        let (bias, recurrent_bias) = match bias {
            Some(bias) if layer.two_biases => {
                let mut rows = ops::unstack(bias, 0);
                let state = rows.pop();
                (rows.pop(), state)
            }
            bias => (bias, None),
        };
        let x = bias.iter().fold(x, |x, bias| x + bias);
        let states = match initial {
            [] if layer.stateful => cx.states(&vec![&[batch, units][..]; layer.states]),
            [] => vec![ops::zeros([batch, units]); layer.states],
            given => {
                // What the batch before has left is not looked at, and replaced.
                if layer.stateful {
                    cx.states(&vec![&[batch, units][..]; layer.states]);
                }
                given.to_vec()
            }
        };
        Ok(Scan { layer, x, counts, states, recurrent_kernel, recurrent_bias, recurrent_dropout, units })
    }

    /// The arithmetic of a step.
    fn cell(&self) -> Box<dyn Cell> {
        match self.layer.kind {
            CellKind::Lstm => Box::new(LstmCell::new(self)),
            CellKind::Gru => Box::new(GruCell::new(self)),
            CellKind::Simple => Box::new(SimpleCell::new(self)),
        }
    }

    /// The layer that it is of.
    pub(super) fn layer(&self) -> &Recurrent {
        &self.layer
    }

    /// The product of a state with the recurrent kernel's columns for these gates.
    pub(super) fn product(&self, gates: Range<usize>) -> Product {
        let rows = self.units as isize;
        let columns = |gates: Range<usize>| {
            let (start, width) = (gates.start * self.units, gates.len() * self.units);
            if width == self.recurrent_kernel.shape()[1] {
                return self.recurrent_kernel.clone();
            }
            ops::slice(&self.recurrent_kernel, [0, start as isize], [rows as usize, width])
        };
        let parts = match &self.recurrent_dropout {
            Some(factors) => gates.map(|g| (columns(g..g + 1), Some(factors[g].clone()))).collect(),
            None => vec![(columns(gates), None)],
        };
        Product { parts }
    }

    /// The bias of the state's product `(gates * units)`, if it has its own.
    pub(super) fn recurrent_bias(&self) -> Option<Symbolic> {
        self.recurrent_bias.clone()
    }

    /// Runs the cell over all steps: the layer's outputs.
    fn run(self, cell: &dyn Cell, cx: &mut Trace<'_>) -> Vec<Symbolic> {
        let Scan { layer, x, counts, states, .. } = self;
        let over = Over {
            return_sequences: layer.return_sequences,
            return_state: layer.return_state,
            go_backwards: layer.go_backwards,
            stateful: layer.stateful,
            zeros: layer.zero_output_for_mask,
        };
        over.run(&x, counts, &states, |x, states| cell.step(x, states), cx)
    }
}

/// How a layer goes over the steps of a sequence.
pub(crate) struct Over {
    pub return_sequences: bool,
    pub return_state: bool,
    pub go_backwards: bool,
    pub stateful: bool,
    /// Whether a step that does not count gives zeros.
    pub zeros: bool,
}

impl Over {
    /// Runs `step` for each of `x (time, batch, ...)`: from its element and the states before it to the states after it,
    /// of which the first is its output. `counts (time, batch, 1, ...)` says which steps count.
    pub(super) fn run(
        &self,
        x: &Symbolic,
        counts: Option<Symbolic>,
        states: &[Symbolic],
        step: impl FnOnce(&Symbolic, &[Symbolic]) -> Vec<Symbolic>,
        cx: &mut Trace<'_>,
    ) -> Vec<Symbolic> {
        let body = |states: &[Symbolic], xs: &[Symbolic]| {
            let mut next = step(&xs[0], states);
            let counts = xs.get(1);
            if let Some(counts) = counts {
                next = next.iter().zip(states).map(|(new, old)| ops::where_(counts, new, old)).collect();
            }
            let output = match counts {
                _ if !self.return_sequences => Vec::new(),
                Some(counts) if self.zeros => vec![ops::where_(counts, &next[0], 0.0)],
                _ => vec![next[0].clone()],
            };
            (next, output)
        };
        let init: Vec<&dyn ops::Operand> = states.iter().map(|state| state as &dyn ops::Operand).collect();
        let xs: Vec<&dyn ops::Operand> =
            core::iter::once(x).chain(&counts).map(|x| x as &dyn ops::Operand).collect();
        let (last, mut ys) = ops::scan(body, &init, &xs, None, self.go_backwards);
        if self.stateful {
            cx.keep(&last);
        }
        let output = match ys.pop() {
            // The step that is taken first is given first.
            Some(ys) if self.go_backwards => steps_first(&ops::flip(ys, 0)),
            Some(ys) => steps_first(&ys),
            None => match counts.filter(|_| self.zeros) {
                Some(counts) => {
                    let steps = ops::unstack(counts, 0);
                    let end = if self.go_backwards { steps.first() } else { steps.last() };
                    end.map_or_else(|| last[0].clone(), |end| ops::where_(end, &last[0], 0.0))
                }
                None => last[0].clone(),
            },
        };
        let mut outputs = vec![output];
        if self.return_state {
            outputs.extend(last);
        }
        outputs
    }
}

/// `(batch, time, ...)` to `(time, batch, ...)`, and back.
pub(super) fn steps_first(x: &Symbolic) -> Symbolic {
    ops::swapaxes(x, 0, 1)
}

/// A state times the recurrent kernel, or times parts of it with dropout of their own.
pub(super) struct Product {
    parts: Vec<(Symbolic, Option<Symbolic>)>,
}

impl Product {
    /// `(batch, units)` to `(batch, gates * units)`.
    pub(super) fn of(&self, state: &Symbolic) -> Symbolic {
        let block = |(kernel, factors): &(Symbolic, Option<Symbolic>)| match factors {
            Some(factors) => ops::matmul(state * factors, kernel),
            None => ops::matmul(state, kernel),
        };
        match &self.parts[..] {
            [part] => block(part),
            parts => ops::concatenate(parts.iter().map(block), -1),
        }
    }
}

/// The columns of all gates.
pub(super) fn gates(all: &Symbolic, gates: usize) -> Vec<Symbolic> {
    ops::split(all, gates, -1)
}

/// `(time, batch, features)` to `(time, batch, columns)`, with the input dropped once for all columns or once for each
/// gate's.
fn project(x: &Symbolic, kernel: &Symbolic, gates: usize, dropout: Option<Vec<Symbolic>>) -> Symbolic {
    match dropout.as_deref() {
        None => ops::matmul(x, kernel),
        Some([factors]) => ops::matmul(x * factors, kernel),
        Some(factors) => {
            let kernels = ops::split(kernel, gates, -1);
            let blocks =
                factors.iter().zip(kernels).map(|(factors, kernel)| ops::matmul(x * factors, kernel));
            ops::concatenate(blocks, -1)
        }
    }
}

/// Which steps count, `(time, batch, 1)`, from a mask `(batch, time)` or, as Keras takes it too, `(batch, time,
/// features)`, where a step counts if one of its features does.
pub(super) fn by_step(mask: &Symbolic, batch: usize, steps: usize) -> Result<Symbolic> {
    let mask = ops::cast(mask, DType::Bool);
    let counts = match **mask.shape() {
        [b, t] if [b, t] == [batch, steps] => mask,
        // Of a step of a sequence of sequences: it counts as a whole, or not.
        [b] if b == batch => ops::broadcast_to(ops::expand_dims(mask, 1), [batch, steps]),
        [b, t, _] if [b, t] == [batch, steps] => ops::any(mask, -1).build(),
        _ => {
            let shape = mask.shape();
            return Err(Error::layer(format!(
                "a mask of shape {shape} does not fit a sequence of (batch, time) ({batch}, {steps})"
            )));
        }
    };
    Ok(ops::expand_dims(ops::transpose(counts, None), -1))
}

/// What a layer drops while it trains: the same numbers at every step of a sequence.
struct Dropout<'a> {
    layer: &'a Recurrent,
    batch: usize,
}

impl Dropout<'_> {
    /// Keras drops inputs once for all gates, except beside `recurrent_dropout`.
    fn of_input(&self, features: usize, cx: &mut Trace<'_>) -> Option<Vec<Symbolic>> {
        let blocks = if self.layer.recurrent_dropout == 0.0 { 1 } else { self.layer.gates };
        self.draw(self.layer.dropout, blocks, features, self.layer.seed, cx)
    }

    fn of_state(&self, units: usize, cx: &mut Trace<'_>) -> Option<Vec<Symbolic>> {
        // Another seed than the input's, or both would drop the same places.
        let seed = self.layer.seed.map(|seed| seed ^ 0x5DEE_CE66_D1CE_4E5B);
        self.draw(self.layer.recurrent_dropout, self.layer.gates, units, seed, cx)
    }

    fn draw(
        &self,
        rate: f64,
        blocks: usize,
        width: usize,
        seed: Option<u64>,
        cx: &mut Trace<'_>,
    ) -> Option<Vec<Symbolic>> {
        // A rate of 1 drops nothing in LSTM and GRU, and everything in SimpleRNN: so does Keras.
        if !cx.training() || rate == 0.0 || (rate >= 1.0 && self.layer.gates > 1) {
            return None;
        }
        Some(ops::unstack(cx.dropout(&[blocks, self.batch, width], rate, seed), 0))
    }
}
