use keras_core::prelude::*;

model! { pub struct Words { Input(20, 8) => LSTM(16) => BatchNormalization() => Dropout(0.2) => LSTM(8) } }
model! { pub struct Frames { Input(5, 16, 16, 1) => ConvLSTM2D(4, 3) => ConvLSTM2D(4, 3) } }

fn main() {}
