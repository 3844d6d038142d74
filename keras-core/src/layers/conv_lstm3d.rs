use super::conv_lstm::conv_lstm;

conv_lstm!(ConvLSTM3D);
