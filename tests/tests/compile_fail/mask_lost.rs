use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None) => Embedding(1000, 16, mask_zero = true) => Conv1D(8, 3) => LSTM(4) => Dense(1));
}
