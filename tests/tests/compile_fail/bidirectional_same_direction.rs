use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 7) => Bidirectional(LSTM(5), backward_layer = LSTM(5)));
}
