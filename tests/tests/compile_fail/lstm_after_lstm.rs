use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 50) => LSTM(64) => LSTM(32) => Dense(10));
}
