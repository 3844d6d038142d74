use super::cell::cell;
use crate::{Activation, Constraint, Initializer, Regularizer, Size};

layer! {
    /// One step of `SimpleRNN`: a cell of [`RNN`](super::RNN), `let (y, h) = [x, h] => SimpleRNNCell(16);` on its own.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/simple_rnn_cell/).
    ///
    /// `RNN(SimpleRNNCell(units))` gives the numbers of `SimpleRNN(units)`, as fast. On its own it takes a list, the features of a step
    /// `(batch, features)` and the states before it, each `(batch, units)`, and gives its output, which is the first state,
    /// and the states after the step.
    pub struct SimpleRNNCell {
        /// The size of the state.
        units: Size,
        /// Applied to the state.
        activation: Activation = tanh,
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
        /// What the kernel is held to.
        kernel_constraint: Constraint = None,
        /// What the recurrent kernel is held to.
        recurrent_constraint: Constraint = None,
        /// What the bias is held to.
        bias_constraint: Constraint = None,
        /// The share of inputs dropped while training: the same features at every step.
        dropout: f64 = 0.0,
        /// The share of states dropped while training.
        recurrent_dropout: f64 = 0.0,
        /// Makes dropout the same in every run.
        seed: Option<u64> = None,
    }
}

cell! {
    SimpleRNNCell, kind = Simple, states = 1, gates = 1;
    |_layer| two_biases = false, recurrent_activation = Activation::Linear, unit_forget_bias = false
}
