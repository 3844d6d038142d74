use keras_core::prelude::*;

struct Gate;

fn main() {
    let _ = model!(Input(None, 4) => RNN(Gate, return_sequences = true) => Dense(2));
}
