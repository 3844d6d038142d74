use super::conv_lstm::conv_lstm_layer;

conv_lstm_layer! {
    /// An LSTM whose products are convolutions: `(batch, time, height, width, channels)` to `(batch, new_height, new_width, filters)`, or
    /// to `(batch, time, new_height, new_width, filters)` with `return_sequences`.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/conv_lstm2d/).
    ConvLSTM2D, 2, "height and width", "(batch, time, channels, height, width)", "(batch, time, height, width, channels)"
}
