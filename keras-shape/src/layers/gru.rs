use super::recurrent::recurrent;
use crate::TensorSpec;
use crate::cost::{MultiplyAdds, kernels};
use crate::{Activation, Constraint, Ignored, Initializer, Regularizer, Size};

layer! {
    /// A gated recurrent unit, `(batch, time, features)` to `(batch, units)`, or to `(batch, time, units)` with
    /// `return_sequences`. [Keras](https://keras.io/api/layers/recurrent_layers/gru/).
    ///
    /// Beside `initial_state` a mask that the input carries is handed on and not applied: padded steps count, as in Keras
    /// 3.15. `mask = m` is applied always.
    ///
    /// The output of a step that does not count is the state before it, also where the layer begins with a state that is
    /// given or kept: as in Keras on JAX. (On TensorFlow and torch it is 0 before the first step that counts.)
    pub struct GRU {
        /// The size of the state.
        units: Size,
        /// Applied to the candidate.
        activation: Activation = tanh,
        /// Applied to the two gates.
        recurrent_activation: Activation = sigmoid,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel begins.
        kernel_initializer: Initializer = glorot_uniform,
        /// How the recurrent kernel begins.
        recurrent_initializer: Initializer = orthogonal,
        /// How the bias begins.
        bias_initializer: Initializer = zeros,
        /// What the kernel adds to the loss.
        kernel_regularizer: Regularizer = None,
        /// What the recurrent kernel adds to the loss.
        recurrent_regularizer: Regularizer = None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = None,
        /// What the output adds to the loss.
        activity_regularizer: Regularizer = None,
        /// What the kernel is held to.
        kernel_constraint: Constraint = None,
        /// What the recurrent kernel is held to.
        recurrent_constraint: Constraint = None,
        /// What the bias is held to.
        bias_constraint: Constraint = None,
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
        /// Whether the reset gate acts after the product with the recurrent kernel, as on GPUs.
        reset_after: bool = true,
        /// Accepted as Keras does; it changes no number.
        use_cudnn: Ignored = auto,
        /// Accepted as Keras does; it changes no number.
        implementation: Ignored = auto,
        /// Whether a masked step gives zeros instead of the output before it.
        zero_output_for_mask: bool = false,
    }
}

recurrent! {
    GRU as "gru_cell", kind = Gru, states = 1, gates = 3;
    |layer| two_biases = layer.reset_after, recurrent_activation = layer.recurrent_activation,
            unit_forget_bias = false
}

impl GRU {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        kernels(self.weights(inputs), 2).times(inputs[0].shape.dim(1))
    }
}

facts!(GRU {
    takes_ids: false,
    uses_batch: false,
    named_mask: Steps,
    over_steps: |layer| Some(crate::OverSteps::of_cell(layer.stateful, layer.recurrent())),
    linear_in: |layer| layer.recurrent().kind.linear_in(),
});
