use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 8) => LSTM(4, return_state = true) => Dense(2));
}
