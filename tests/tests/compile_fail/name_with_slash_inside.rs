use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 4) => Bidirectional(LSTM(3, name = "a/b")));
}
