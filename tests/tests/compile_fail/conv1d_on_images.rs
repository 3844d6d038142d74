use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28, 28, 1) => Conv1D(8, 3));
}
