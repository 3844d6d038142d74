use keras_core::prelude::*;

const STEPS: usize = 1 << 40;

fn main() {
    let _ = model!(Input(1024) => RepeatVector(STEPS) => Dense(1));
    let _ = model!(Input(8) => Embedding(STEPS, 2 * STEPS));
}
