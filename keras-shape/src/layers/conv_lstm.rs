//! What the recurrent convolutions share, however many spatial axes they have.

use super::check::{defined, ranked, share, tri};
use super::conv::Conv;
use crate::activation::keeps_state;
use crate::geometry::no_causal;
use crate::{Activation, Dim, MaskRule, Outputs, Shape, ShapeError, TensorSpec, Text};

/// Declares a recurrent convolution of `$n` spatial axes with Keras's arguments.
macro_rules! conv_lstm_layer {
    ($(#[$meta:meta])* $class:ident, $n:literal, $axes:literal, $first:literal, $last:literal) => {
        layer! {
            $(#[$meta])*
            ///
            /// Beside `initial_state` a mask that the input carries is handed on and not applied, as in Keras 3.15.
            pub struct $class {
                /// The channels of the output and of the states.
                filters: $crate::Size,
                #[doc = concat!(" The size of the window: ", $axes, ".")]
                kernel_size: $crate::Ints<$n>,
                /// How far the window moves over the input.
                strides: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// What happens at the border.
                padding: $crate::Padding = valid,
                /// Where the channels are; last if not given.
                data_format: Option<$crate::DataFormat> = None,
                /// How far apart the window's positions are.
                dilation_rate: $crate::Ints<$n> = [1 = $crate::Ints::all(1)],
                /// Applied to the candidate and to the state on its way out.
                activation: $crate::Activation = tanh,
                /// Applied to the three gates.
                recurrent_activation: $crate::Activation = sigmoid,
                /// Whether a bias is added.
                use_bias: bool = true,
                /// How the kernel begins.
                kernel_initializer: $crate::Initializer = glorot_uniform,
                /// How the recurrent kernel begins.
                recurrent_initializer: $crate::Initializer = orthogonal,
                /// How the bias begins.
                bias_initializer: $crate::Initializer = zeros,
                /// Whether the bias of the forget gate begins at 1.
                unit_forget_bias: bool = true,
                /// What the kernel adds to the loss.
                kernel_regularizer: $crate::Regularizer = None,
                /// What the recurrent kernel adds to the loss.
                recurrent_regularizer: $crate::Regularizer = None,
                /// What the bias adds to the loss.
                bias_regularizer: $crate::Regularizer = None,
                /// What the output adds to the loss.
                activity_regularizer: $crate::Regularizer = None,
                /// What the kernel is held to.
                kernel_constraint: $crate::Constraint = None,
                /// What the recurrent kernel is held to.
                recurrent_constraint: $crate::Constraint = None,
                /// What the bias is held to.
                bias_constraint: $crate::Constraint = None,
                /// The share of inputs dropped while training.
                dropout: f64 = 0.0,
                /// The share of states dropped while training.
                recurrent_dropout: f64 = 0.0,
                /// Makes dropout the same in every run.
                seed: Option<u64> = None,
                /// Whether the output has every step or only the last.
                return_sequences: bool = false,
                /// Whether the last states come as further outputs.
                return_state: bool = false,
                /// Whether time runs from the end.
                go_backwards: bool = false,
                /// Whether each batch goes on from the states of the one before.
                stateful: bool = false,
                /// Whether a masked step gives zeros instead of the output before it.
                zero_output_for_mask: bool = false,
            }
        }

        facts!($class {
            takes_ids: false, uses_batch: false, named_mask: Steps,
            over_steps: |layer| Some($crate::OverSteps::of(layer.stateful, None, layer.pass())),
            linear_in: |_layer| super::CellKind::Lstm.linear_in(),
        });

        impl $class {
            const fn scan(&self) -> super::conv_lstm::ConvLstm<'_, $n> {
                super::conv_lstm::ConvLstm {
                    conv: super::conv::Conv {
                        class: stringify!($class),
                        filters: self.filters,
                        kernel: &self.kernel_size,
                        strides: &self.strides,
                        dilation: &self.dilation_rate,
                        padding: self.padding,
                        format: self.data_format,
                        groups: $crate::Size::Known(1),
                        activation: $crate::Activation::Linear,
                    },
                    axes: if $crate::DataFormat::is_first(self.data_format) { $first } else { $last },
                    activations: [self.activation, self.recurrent_activation],
                    dropout: [self.dropout, self.recurrent_dropout],
                    return_sequences: self.return_sequences,
                    return_state: self.return_state,
                    stateful: self.stateful,
                }
            }

            /// What `Bidirectional` must know of the layer.
            const fn pass(&self) -> super::Pass {
                super::Pass {
                    class: stringify!($class),
                    go_backwards: self.go_backwards,
                    return_sequences: self.return_sequences,
                    return_state: self.return_state,
                    stateful: self.stateful,
                    units: self.filters,
                    states: 2,
                    zero_output_for_mask: self.zero_output_for_mask,
                }
            }

            pub(crate) const fn output(&self, inputs: &[$crate::TensorSpec]) -> Result<$crate::Outputs, $crate::ShapeError> {
                self.scan().output(inputs)
            }

            pub(crate) const fn weights(&self, inputs: &[$crate::TensorSpec]) -> $crate::Weights {
                use super::check::weight;
                let [kernel, recurrent, bias] = self.scan().weights(&inputs[0].shape);
                let kernel = weight!(self, "conv_lstm_cell/kernel", kernel, kernel_initializer, kernel_regularizer, kernel_constraint);
                let recurrent = weight!(
                    self, "conv_lstm_cell/recurrent_kernel", recurrent,
                    recurrent_initializer, recurrent_regularizer, recurrent_constraint
                );
                let mut bias = weight!(self, "conv_lstm_cell/bias", bias, bias_initializer, bias_regularizer, bias_constraint);
                bias.unit_forget_bias = self.unit_forget_bias;
                $crate::Weights::NONE.with(kernel).with(recurrent).with_if(self.use_bias, bias)
            }

            pub(crate) const fn mask_rule(&self) -> $crate::MaskRule {
                self.scan().mask_rule()
            }

            /// The multiply-adds of one sample: both kernels at each place of a state, at each step.
            pub(crate) fn multiply_adds(&self, inputs: &[$crate::TensorSpec]) -> $crate::MultiplyAdds {
                let Ok(state) = self.scan().state(&inputs[0].shape) else { return $crate::MultiplyAdds::unknown() };
                let first = super::steps_axis(self.data_format);
                let kernels = $crate::cost::kernels(self.weights(inputs), 2);
                $crate::cost::along(kernels, &state, first..first + $n).times(inputs[0].shape.dim(1))
            }
        }
    };
}
pub(crate) use conv_lstm_layer;

/// The arguments of a recurrent convolution that decide its shapes.
pub(crate) struct ConvLstm<'a, const N: usize> {
    /// What is done to the input of each step.
    pub conv: Conv<'a, N>,
    /// The axes that it takes.
    pub axes: &'static str,
    pub activations: [Activation; 2],
    pub dropout: [f64; 2],
    pub return_sequences: bool,
    pub return_state: bool,
    pub stateful: bool,
}

impl<const N: usize> ConvLstm<'_, N> {
    /// The shape of a state, from that of the sequence.
    pub(crate) const fn state(&self, sequence: &Shape) -> Result<Shape, ShapeError> {
        Ok(tri!(self.conv.output(&[TensorSpec::float(sequence.remove(1))])).get(0).shape)
    }

    /// A sequence, then perhaps the states to begin with, to a sequence or its last step, then perhaps the last states.
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let class = self.conv.class;
        let with_states = inputs.len() > 1 && !inputs[1].role.is_input();
        let sequence = if with_states { inputs.split_at(1).0 } else { inputs };
        if sequence.len() > 1 {
            return Err(crate::wording::one_sequence(class, sequence.len()));
        }
        let shape = tri!(ranked(class, sequence, N + 3, self.axes));
        tri!(no_causal(class, self.conv.padding));
        tri!(share(class, "dropout", self.dropout[0]));
        tri!(share(class, "recurrent_dropout", self.dropout[1]));
        if self.stateful && shape.batch().is_dynamic() {
            let text = Text::new()
                .s(class)
                .s(": `stateful = true` keeps one state for each sample of a batch, so batches must have a fixed size; the input ")
                .shape(&shape)
                .s(" leaves it to the data");
            let help = Text::new().s("give `Input` a size, as `batch = 32`");
            return Err(ShapeError::new(text).help(help).arg("stateful"));
        }
        let mut axis = 0;
        while axis < N {
            let at = super::steps_axis(self.conv.format) + 1 + axis;
            tri!(defined(class, "the length of each spatial axis", &shape, shape.dim(at)));
            axis += 1;
        }
        let state = tri!(self.state(&shape));
        tri!(keeps_state(class, "activation", self.activations[0], &state));
        tri!(keeps_state(class, "recurrent_activation", self.activations[1], &state));
        if with_states {
            tri!(self.check_initial_states(&state, inputs.split_at(1).1));
        }
        let mut out =
            Outputs::float(if self.return_sequences { state.insert(1, shape.dim(1)) } else { state });
        if self.return_state {
            out = out.and(TensorSpec::float(state)).and(TensorSpec::float(state));
        }
        Ok(out)
    }

    /// The shapes of kernel, recurrent kernel and bias.
    pub(crate) const fn weights(&self, sequence: &Shape) -> [Shape; 3] {
        let columns = self.conv.filters.dim().times(Dim::Fixed(4));
        let kernel = self.conv.kernel_shape(&sequence.remove(1)).with_last(columns);
        let recurrent = kernel.with(N, self.conv.filters.dim());
        [kernel, recurrent, Shape::new(&[columns])]
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        if self.return_sequences { MaskRule::UseAndPass } else { MaskRule::Use }
    }

    const fn check_initial_states(&self, state: &Shape, states: &[TensorSpec]) -> Result<(), ShapeError> {
        const ARG: &str = "initial_state";
        if states.len() != 2 {
            let text = Text::new().s(self.conv.class).s(" begins with 2 states, found ").n(states.len());
            return Err(ShapeError::new(text).help(Text::new().s("write `initial_state = [h, c]`")).arg(ARG));
        }
        let mut i = 0;
        while i < states.len() {
            let found = &states[i].shape;
            let mut fits = found.rank() == state.rank();
            let mut axis = 0;
            while fits && axis < state.rank() {
                fits = !found.dim(axis).clashes(state.dim(axis));
                axis += 1;
            }
            if !fits {
                let text = Text::new()
                    .s(self.conv.class)
                    .s(": an initial state must be what a step gives, here ")
                    .shape(state)
                    .s("; found ")
                    .shape(found);
                return Err(ShapeError::new(text).arg(ARG));
            }
            i += 1;
        }
        Ok(())
    }
}
