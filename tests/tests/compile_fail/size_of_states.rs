use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 4) => LSTM(9223372036854775807));
}
