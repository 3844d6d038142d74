use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(8, activation = layers.PReLU()) => Dense(1));
    let _ = model!(Input(4) => Dense(8, activation = LeakyReLU(negative_slope = -0.1)) => Dense(1));
    let _ = model!(Input(None, 4) => LSTM(8, activation = Softmax(axis = 2)) => Dense(1));
}
