//! The scan over time that LSTM, GRU and SimpleRNN share. A layer's own file has only its cell: the
//! arithmetic of one step.

use core::ops::Range;

use burn::tensor::{Bool, Tensor, activation};
use keras_shape::Activation;
use keras_shape::layers::Recurrent;

use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::tensor_ops::activation::activate;
use crate::{Error, Result};

/// One step of a recurrent layer.
pub(super) trait Cell {
    /// The states after a step, from its projected input `(batch, gates * units)` and the states
    /// before it, each `(batch, units)`. The first state is the step's output.
    fn step(&self, x: Tensor<2>, states: &[Tensor<2>]) -> Result<Vec<Tensor<2>>>;
}

/// Everything of a pass over a batch of sequences that does not depend on the step.
pub(super) struct Scan<'a> {
    layer: Recurrent,
    first_weight: &'a Weight,
    /// The projected inputs `(time * batch, gates * units)`: the rows of a step lie together.
    x: Tensor<2>,
    batch: usize,
    steps: usize,
    units: usize,
    /// Which steps do not count, `(time, batch)`.
    masked: Option<Tensor<2, Bool>>,
    mask: Option<Raw>,
    states: Vec<Tensor<2>>,
    recurrent_kernel: Tensor<2>,
    recurrent_bias: Option<Tensor<2>>,
    /// Dropout of the state, for each gate.
    recurrent_dropout: Option<Vec<Tensor<2>>>,
}

impl<'a> Scan<'a> {
    /// Projects the inputs of all steps at once.
    pub(super) fn new(
        layer: Recurrent,
        weights: &'a [Weight],
        inputs: &[Value],
        context: &mut Context,
    ) -> Result<Self> {
        let [first_weight, recurrent, ..] = weights else {
            return Err(Error::layer(format!("`{}` without weights", layer.class)));
        };
        let [sequence, initial_states @ ..] = inputs else {
            return Err(Error::layer(format!("`{}` without an input", layer.class)));
        };
        let x = sequence.data.float::<3>()?;
        let [batch, steps, features] = x.dims();
        let kernel = first_weight.data.float::<2>()?;
        let recurrent_kernel = recurrent.data.float::<2>()?;
        let units = recurrent_kernel.dims()[0];
        if steps == 0 {
            return Err(Error::layer("a sequence of no steps has no output"));
        }
        if kernel.dims()[0] != features {
            let message = format!("its kernel takes {} features a step, found {features}", kernel.dims()[0]);
            return Err(Error::layer(message));
        }
        let masked = match &sequence.mask {
            Some(mask) => Some(masked_steps(mask, batch, steps)?),
            None => None,
        };

        let dropout = Dropout { layer: &layer, batch };
        let input_dropout = dropout.of_input(features, context)?;
        let recurrent_dropout = dropout.of_state(units, context)?;
        let x = project(x, kernel, input_dropout);
        let (bias, recurrent_bias) = match weights.get(2) {
            Some(bias) if layer.two_biases => {
                let bias = bias.data.float::<2>()?;
                (Some(bias.clone().narrow(0, 0, 1)), Some(bias.narrow(0, 1, 1)))
            }
            Some(bias) => (Some(bias.data.float::<1>()?.unsqueeze()), None),
            None => (None, None),
        };
        let x = match bias {
            Some(bias) => x + bias,
            None => x,
        };

        let states = initial(&layer, first_weight, initial_states, context, [batch, units], &x)?;
        Ok(Scan {
            layer,
            first_weight,
            x,
            batch,
            steps,
            units,
            masked,
            mask: sequence.mask.clone(),
            states,
            recurrent_kernel,
            recurrent_bias,
            recurrent_dropout,
        })
    }

    /// The product of a state with the recurrent kernel's columns for these gates.
    pub(super) fn product(&self, gates: Range<usize>) -> Product {
        let columns = |gates: Range<usize>| {
            let width = gates.len() * self.units;
            self.recurrent_kernel.clone().narrow(1, gates.start * self.units, width)
        };
        let parts = match &self.recurrent_dropout {
            Some(factors) => gates.map(|g| (columns(g..g + 1), Some(factors[g].clone()))).collect(),
            None => vec![(columns(gates), None)],
        };
        Product { parts }
    }

    /// The bias of the state's product `(1, gates * units)`, if it has its own.
    pub(super) fn recurrent_bias(&self) -> Option<Tensor<2>> {
        self.recurrent_bias.clone()
    }

    /// Runs the cell over all steps: the layer's outputs.
    pub(super) fn run(self, cell: &impl Cell, context: &mut Context) -> Result<Vec<Value>> {
        let shape = [self.batch, self.units];
        let mut states = self.states;
        let mut outputs = Vec::with_capacity(self.steps);
        for i in 0..self.steps {
            let t = if self.layer.go_backwards { self.steps - 1 - i } else { i };
            let x = self.x.clone().narrow(0, t * self.batch, self.batch);
            let mut next = cell.step(x, &states)?;
            let mut output = None;
            if let Some(masked) = &self.masked {
                let masked: Tensor<2, Bool> =
                    masked.clone().narrow(0, t, 1).reshape([self.batch, 1]).expand(shape);
                next = next
                    .into_iter()
                    .zip(states)
                    .map(|(new, old)| new.mask_where(masked.clone(), old))
                    .collect();
                if self.layer.zero_output_for_mask {
                    output = Some(next[0].clone().mask_fill(masked, 0.0));
                }
            }
            states = next;
            if self.layer.return_sequences || i + 1 == self.steps {
                outputs.push(output.unwrap_or_else(|| states[0].clone()));
            }
        }

        if self.layer.stateful {
            let kept = states.iter().map(|state| Raw::new(state.clone()).inner()).collect::<Result<_>>()?;
            context.set_state(self.first_weight, kept);
        }
        let output = if self.layer.return_sequences {
            // Keras hands the mask on as it came, also when time runs backwards.
            Value::new(Tensor::stack::<3>(outputs, 1)).with_mask(self.mask)
        } else {
            Value::new(outputs.remove(0))
        };
        let mut values = vec![output];
        if self.layer.return_state {
            values.extend(states.into_iter().map(Value::new));
        }
        Ok(values)
    }
}

/// A state times the recurrent kernel, or times parts of it with dropout of their own.
pub(super) struct Product {
    parts: Vec<(Tensor<2>, Option<Tensor<2>>)>,
}

impl Product {
    /// `(batch, units)` to `(batch, gates * units)`.
    pub(super) fn of(&self, state: Tensor<2>) -> Tensor<2> {
        let mut blocks: Vec<Tensor<2>> = self
            .parts
            .iter()
            .map(|(kernel, factors)| match factors {
                Some(factors) => (state.clone() * factors.clone()).matmul(kernel.clone()),
                None => state.clone().matmul(kernel.clone()),
            })
            .collect();
        if blocks.len() == 1 { blocks.remove(0) } else { Tensor::cat(blocks, 1) }
    }
}

/// The columns of one gate.
pub(super) fn gate(all: &Tensor<2>, gate: usize, units: usize) -> Tensor<2> {
    all.clone().narrow(1, gate * units, units)
}

/// An activation within a step: the usual ones without a detour over other ranks.
pub(super) fn apply(function: Activation, x: Tensor<2>) -> Result<Tensor<2>> {
    match function {
        Activation::Linear => Ok(x),
        Activation::Tanh => Ok(x.tanh()),
        Activation::Sigmoid => Ok(activation::sigmoid(x)),
        _ => activate(function, Raw::new(x))?.float(),
    }
}

/// `(batch, time, features)` to `(time * batch, columns)`, with the input dropped once for all
/// columns or once for each block of them.
fn project(x: Tensor<3>, kernel: Tensor<2>, dropout: Option<Vec<Tensor<2>>>) -> Tensor<2> {
    let [batch, steps, features] = x.dims();
    let x = x.swap_dims(0, 1);
    let Some(dropout) = dropout else {
        return x.reshape([steps * batch, features]).matmul(kernel);
    };
    let width = kernel.dims()[1] / dropout.len();
    let blocks = dropout
        .into_iter()
        .enumerate()
        .map(|(i, factors)| {
            let x = x.clone() * factors.unsqueeze::<3>();
            x.reshape([steps * batch, features]).matmul(kernel.clone().narrow(1, i * width, width))
        })
        .collect();
    Tensor::cat(blocks, 1)
}

/// Which steps do not count, `(time, batch)`, from a mask `(batch, time)` or, as Keras takes it too,
/// `(batch, time, features)`, where a step counts if one of its features does.
fn masked_steps(mask: &Raw, batch: usize, steps: usize) -> Result<Tensor<2, Bool>> {
    let shape = mask.shape();
    let counts = match shape.as_slice() {
        [b, t] if [*b, *t] == [batch, steps] => mask.bool::<2>()?,
        // Of a step of a sequence of sequences: it counts as a whole, or not.
        [b] if *b == batch => mask.bool::<1>()?.reshape([batch, 1]).expand([batch, steps]),
        [b, t, _] if [*b, *t] == [batch, steps] => mask.bool::<3>()?.any_dim(2).reshape([batch, steps]),
        _ => {
            let message = format!(
                "a mask of shape {shape:?} does not fit a sequence of (batch, time) ({batch}, {steps})"
            );
            return Err(Error::layer(message));
        }
    };
    Ok(counts.bool_not().swap_dims(0, 1))
}

/// The states before the first step: those given, those that the batch before left, or zeros.
fn initial(
    layer: &Recurrent,
    first_weight: &Weight,
    given: &[Value],
    context: &Context,
    shape: [usize; 2],
    like: &Tensor<2>,
) -> Result<Vec<Tensor<2>>> {
    let (raw, whose): (Vec<&Raw>, _) = match context.state(first_weight) {
        _ if !given.is_empty() => (given.iter().map(|value| &value.data).collect(), "initial"),
        Some(kept) if layer.stateful => (kept.iter().collect(), "kept"),
        _ => return Ok(vec![Tensor::zeros(shape, &like.device()); layer.states]),
    };
    if raw.len() != layer.states {
        let message = format!("`{}` has {} states, found {}", layer.class, layer.states, raw.len());
        return Err(Error::layer(message));
    }
    raw.into_iter()
        .map(|state| {
            if state.shape() == shape {
                return state.float::<2>();
            }
            Err(Error::layer(format!(
                "the {whose} state has shape {:?}, this batch needs (batch, units) {shape:?}",
                state.shape()
            )))
        })
        .collect()
}

/// What a layer drops while it trains: the same numbers at every step of a sequence.
struct Dropout<'a> {
    layer: &'a Recurrent,
    batch: usize,
}

impl Dropout<'_> {
    /// Keras drops inputs once for all gates, except beside `recurrent_dropout`.
    fn of_input(&self, features: usize, context: &mut Context) -> Result<Option<Vec<Tensor<2>>>> {
        let blocks = if self.layer.recurrent_dropout == 0.0 { 1 } else { self.layer.gates };
        self.draw(self.layer.dropout, blocks, features, self.layer.seed, context)
    }

    fn of_state(&self, units: usize, context: &mut Context) -> Result<Option<Vec<Tensor<2>>>> {
        // Another seed than the input's, or both would drop the same places.
        let seed = self.layer.seed.map(|seed| seed ^ 0x5DEE_CE66_D1CE_4E5B);
        self.draw(self.layer.recurrent_dropout, self.layer.gates, units, seed, context)
    }

    fn draw(
        &self,
        rate: f64,
        blocks: usize,
        width: usize,
        seed: Option<u64>,
        context: &mut Context,
    ) -> Result<Option<Vec<Tensor<2>>>> {
        // A rate of 1 drops nothing in LSTM and GRU, and everything in SimpleRNN: so does Keras.
        if !context.training || rate == 0.0 || (rate >= 1.0 && self.layer.gates > 1) {
            return Ok(None);
        }
        let all = context.dropout([blocks, self.batch, width], rate, seed)?;
        let block = |i| all.clone().narrow(0, i, 1).reshape([self.batch, width]);
        Ok(Some((0..blocks).map(block).collect()))
    }
}
