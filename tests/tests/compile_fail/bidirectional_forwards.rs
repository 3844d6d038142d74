use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 8) => Bidirectional(LSTM(4), backward_layer = LSTM(4)));
}
