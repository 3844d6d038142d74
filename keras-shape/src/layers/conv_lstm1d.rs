use super::conv_lstm::conv_lstm_layer;

conv_lstm_layer! {
    /// An LSTM whose products are convolutions: `(batch, time, steps, channels)` to `(batch, new_steps, filters)`, or
    /// to `(batch, time, new_steps, filters)` with `return_sequences`.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/conv_lstm1d/).
    ConvLSTM1D, 1, "steps", "(batch, time, channels, steps)", "(batch, time, steps, channels)"
}
