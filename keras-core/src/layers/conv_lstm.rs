//! What the recurrent convolutions share, in operations.

use keras_ops::{self as ops, Symbolic};
use keras_shape::{Activation, DataFormat, Ints, Padding};

use super::activate::activate;
use super::images::{convolution, format};
use super::recurrent::{Over, by_step, steps_first};
use crate::model::Trace;
use crate::{Error, Result};

/// A recurrent convolution of `N` spatial axes.
pub(crate) struct ConvLstm<const N: usize> {
    pub filters: usize,
    pub kernel_size: Ints<N>,
    pub strides: Ints<N>,
    pub padding: Padding,
    pub data_format: Option<DataFormat>,
    pub dilation_rate: Ints<N>,
    pub activation: Activation,
    pub recurrent_activation: Activation,
    pub use_bias: bool,
    pub dropout: f64,
    pub recurrent_dropout: f64,
    pub seed: Option<u64>,
    pub over: Over,
}

impl<const N: usize> ConvLstm<N> {
    pub(super) fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [sequence, initial @ ..] = inputs else { return Err(Error::layer("a sequence is expected")) };
        let [batch, steps, ..] = **sequence.shape() else {
            return Err(Error::layer(format!("a sequence of shape {}", sequence.shape())));
        };
        if steps == 0 {
            return Err(Error::layer("a sequence of no steps has no output"));
        }
        let mut counts = cx.mask(0).map(|mask| by_step(&mask, batch, steps)).transpose()?;
        for _ in 0..N {
            counts = counts.map(|counts| ops::expand_dims(counts, -1));
        }
        let x = steps_first(sequence);
        // What stands in a step that does not count says nothing, not even in a gradient.
        let x = counts.iter().fold(x, |x, counts| ops::where_(counts, x, 0.0));
        let x = self.project(&x, cx);
        let mut shape = x.shape()[1..].to_vec();
        shape[self.channels()] = self.filters;
        let kept = self.over.stateful.then(|| cx.states(&[shape.as_slice(), &shape]));
        let states = match (initial, kept) {
            ([], Some(kept)) => kept,
            ([], None) => vec![ops::zeros(shape.as_slice()); 2],
            (given, _) => given.to_vec(),
        };
        let seed = self.seed.map(|seed| seed ^ 0x5DEE_CE66_D1CE_4E5B);
        let dropout = self.drawn(self.recurrent_dropout, &shape, seed, cx);
        let kernel = cx.weight("conv_lstm_cell/recurrent_kernel");
        let step = |x: &Symbolic, states: &[Symbolic]| {
            let (h, c) = (&states[0], &states[1]);
            let z = x + self.of_gates(h, &kernel, dropout.as_deref(), |x, kernel| {
                ops::conv(x, kernel).padding(ops::Padding::Same).data_format(format(self.data_format)).build()
            });
            let z = ops::split(z, 4, self.channels() as isize);
            let gate = |i: usize| activate(self.recurrent_activation, &z[i]);
            let c = gate(1) * c + gate(0) * activate(self.activation, &z[2]);
            let h = gate(3) * activate(self.activation, &c);
            vec![h, c]
        };
        Ok(self.over.run(&x, counts, &states, step, cx))
    }

    /// The axis of the channels of a step.
    fn channels(&self) -> usize {
        if DataFormat::is_first(self.data_format) { 1 } else { N + 1 }
    }

    /// The convolutions of the inputs of all steps at once, `(time, batch, ...)`.
    fn project(&self, x: &Symbolic, cx: &mut Trace<'_>) -> Symbolic {
        let shape = x.shape().clone();
        let (lead, rest) = shape.split_at(2);
        let merged = |first: &[usize], rest: &[usize]| {
            first.iter().chain(rest).map(|n| *n as isize).collect::<Vec<isize>>()
        };
        let dropout = self.drawn(self.dropout, &shape[1..], self.seed, cx);
        let kernel = cx.weight("conv_lstm_cell/kernel");
        let y = self.of_gates(x, &kernel, dropout.as_deref(), |x, kernel| {
            let x = ops::reshape(x, merged(&[lead[0] * lead[1]], rest));
            let call = ops::conv(x, kernel);
            convolution(call, self.strides, self.padding, self.data_format, self.dilation_rate)
        });
        let y = ops::reshape(&y, merged(lead, &y.shape()[1..]));
        if !self.use_bias {
            return y;
        }
        let mut bias = vec![1; y.ndim()];
        bias[1 + self.channels()] = -1;
        y + ops::reshape(cx.weight("conv_lstm_cell/bias"), bias)
    }

    /// A convolution for all gates, or one for each where each has dropout of its own.
    fn of_gates(
        &self,
        x: &Symbolic,
        kernel: &Symbolic,
        dropout: Option<&[Symbolic]>,
        conv: impl Fn(Symbolic, Symbolic) -> Symbolic,
    ) -> Symbolic {
        let Some(dropout) = dropout else { return conv(x.clone(), kernel.clone()) };
        let kernels = ops::split(kernel, 4, -1);
        let gates = dropout.iter().zip(kernels).map(|(factors, kernel)| conv(x * factors, kernel));
        ops::concatenate(gates, self.channels() as isize)
    }

    /// Factors for dropout of each gate; a rate of 1 drops nothing, as in Keras.
    fn drawn(
        &self,
        rate: f64,
        shape: &[usize],
        seed: Option<u64>,
        cx: &mut Trace<'_>,
    ) -> Option<Vec<Symbolic>> {
        if !cx.training() || rate == 0.0 || rate >= 1.0 {
            return None;
        }
        Some(ops::unstack(cx.dropout(&[&[4], shape].concat(), rate, seed), 0))
    }
}

/// The arguments of a recurrent convolution.
macro_rules! arguments {
    ($layer:expr) => {
        crate::layers::conv_lstm::ConvLstm {
            filters: $layer.filters.or(1),
            kernel_size: $layer.kernel_size,
            strides: $layer.strides,
            padding: $layer.padding,
            data_format: $layer.data_format,
            dilation_rate: $layer.dilation_rate,
            activation: $layer.activation,
            recurrent_activation: $layer.recurrent_activation,
            use_bias: $layer.use_bias,
            dropout: $layer.dropout,
            recurrent_dropout: $layer.recurrent_dropout,
            seed: $layer.seed,
            over: crate::layers::recurrent::Over {
                return_sequences: $layer.return_sequences,
                return_state: $layer.return_state,
                go_backwards: $layer.go_backwards,
                stateful: $layer.stateful,
                zeros: $layer.zero_output_for_mask,
            },
        }
    };
}
pub(super) use arguments;

/// A recurrent convolution by its arguments.
macro_rules! conv_lstm {
    ($class:ident) => {
        impl crate::layers::Operations for keras_shape::layers::$class {
            fn operations(
                &self,
                inputs: &[keras_ops::Symbolic],
                cx: &mut crate::model::Trace<'_>,
            ) -> crate::Result<Vec<keras_ops::Symbolic>> {
                crate::layers::conv_lstm::arguments!(self).operations(inputs, cx)
            }

            fn kernel(&self, site: &crate::engine::Site<'_>) -> crate::Result<crate::engine::Choice> {
                let layer = crate::layers::conv_lstm::arguments!(self);
                Ok(crate::engine::kernels::conv_lstm::choose(&layer, site))
            }
        }
    };
}
pub(super) use conv_lstm;
