use super::cell::cell;
use crate::{Activation, Constraint, Initializer, Regularizer, Size};

layer! {
    /// One step of `LSTM`: a cell of [`RNN`](super::RNN), `let (y, h, c) = [x, h, c] => LSTMCell(16);` on its own.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/lstm_cell/).
    ///
    /// `RNN(LSTMCell(units))` gives the numbers of `LSTM(units)`, as fast. On its own it takes a list, the features of a step
    /// `(batch, features)` and the states before it, each `(batch, units)`, and gives its output, which is the first state,
    /// and the states after the step.
    pub struct LSTMCell {
        /// The size of the state.
        units: Size,
        /// Applied to the candidate and to the state on its way out.
        activation: Activation = tanh,
        /// Applied to the three gates.
        recurrent_activation: Activation = sigmoid,
        /// Whether a bias is added.
        use_bias: bool = true,
        /// How the kernel begins.
        kernel_initializer: Initializer = glorot_uniform,
        /// How the recurrent kernel begins.
        recurrent_initializer: Initializer = orthogonal,
        /// How the bias begins.
        bias_initializer: Initializer = zeros,
        /// Whether the bias of the forget gate begins at 1.
        unit_forget_bias: bool = true,
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
    LSTMCell, kind = Lstm, states = 2, gates = 4;
    |layer| two_biases = false, recurrent_activation = layer.recurrent_activation,
            unit_forget_bias = layer.unit_forget_bias
}
