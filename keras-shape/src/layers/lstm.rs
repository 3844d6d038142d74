use super::check::{defined, ranked, tri};
use crate::geometry::positive;
use crate::{
    Activation, Constraint, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, Size, TensorSpec,
    WeightSpec, Weights,
};

layer! {
    /// Long short-term memory, `(batch, time, features)` to `(batch, units)`, or to `(batch, time, units)` with
    /// `return_sequences`. [Keras](https://keras.io/api/layers/recurrent_layers/lstm/).
    pub struct LSTM {
        /// The size of the state.
        units: Size,
        /// Applied to the candidate and to the state on its way out.
        activation: Activation = Activation::Tanh,
        /// Applied to the three gates.
        recurrent_activation: Activation = Activation::Sigmoid,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel begins.
        kernel_initializer: Initializer = Initializer::GLOROT_UNIFORM,
        /// How the recurrent kernel begins.
        recurrent_initializer: Initializer = Initializer::ORTHOGONAL,
        /// How the bias begins.
        bias_initializer: Initializer = Initializer::Zeros,
        /// Whether the bias of the forget gate begins at 1.
        unit_forget_bias: bool = true,
        /// What the kernel adds to the loss.
        kernel_regularizer: Regularizer = Regularizer::None,
        /// What the recurrent kernel adds to the loss.
        recurrent_regularizer: Regularizer = Regularizer::None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = Regularizer::None,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = Regularizer::None,
        /// What the kernel is held to.
        kernel_constraint: Constraint = Constraint::None,
        /// What the recurrent kernel is held to.
        recurrent_constraint: Constraint = Constraint::None,
        /// What the bias is held to.
        bias_constraint: Constraint = Constraint::None,
        /// The share of inputs dropped while training.
        dropout: f64 = 0.0,
        /// The share of states dropped while training.
        recurrent_dropout: f64 = 0.0,
        /// Makes dropout the same in every run.
        seed: Option<u64> = None,
        /// Whether the output has every step or only the last.
        return_sequences: bool = false,
        /// Whether the last state comes as further outputs.
        return_state: bool = false,
        /// Whether time runs from the end.
        go_backwards: bool = false,
        /// Whether each batch goes on from the state of the one before.
        stateful: bool = false,
        /// Accepted as Keras does; it changes no number.
        unroll: bool = false,
    }
}

const CLASS: &str = "LSTM";

impl LSTM {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(ranked(CLASS, inputs, 3, "(batch, time, features)"));
        tri!(positive(CLASS, "units", self.units));
        tri!(defined(CLASS, "the features", &shape, shape.last()));
        Ok(recurrent_outputs(&shape, self.units, self.return_sequences, self.return_state, 2))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let units = self.units.dim();
        let gates = units.times(crate::Dim::Fixed(4));
        let mut bias = WeightSpec::new("lstm_cell/bias", Shape::new(&[gates]), self.bias_initializer);
        bias.unit_forget_bias = self.unit_forget_bias;
        Weights::NONE
            .with(
                WeightSpec::new("lstm_cell/kernel", Shape::new(&[inputs[0].shape.last(), gates]), self.kernel_initializer)
                    .regularizer(self.kernel_regularizer)
                    .constraint(self.kernel_constraint),
            )
            .with(
                WeightSpec::new("lstm_cell/recurrent_kernel", Shape::new(&[units, gates]), self.recurrent_initializer)
                    .regularizer(self.recurrent_regularizer)
                    .constraint(self.recurrent_constraint),
            )
            .with_if(self.use_bias, bias.regularizer(self.bias_regularizer).constraint(self.bias_constraint))
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        if self.return_sequences { MaskRule::UseAndPass } else { MaskRule::Use }
    }
}

/// What a recurrent layer gives: a sequence or its last step, then `states` states if asked for.
pub(crate) const fn recurrent_outputs(shape: &Shape, units: Size, sequences: bool, state: bool, states: usize) -> Outputs {
    let last = Shape::new(&[shape.batch(), units.dim()]);
    let mut out = Outputs::float(if sequences { shape.with_last(units.dim()) } else { last });
    let mut i = 0;
    while state && i < states {
        out = out.and(TensorSpec::float(last));
        i += 1;
    }
    out
}
