use super::conv_lstm::conv_lstm_layer;

conv_lstm_layer! {
    /// An LSTM whose products are convolutions: `(batch, time, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, filters)`, or
    /// to `(batch, time, new_depth, new_height, new_width, filters)` with `return_sequences`.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/conv_lstm3d/).
    ConvLSTM3D, 3, "depth, height and width", "(batch, time, channels, depth, height, width)", "(batch, time, depth, height, width, channels)"
}
