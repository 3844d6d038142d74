use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(128) => Conv1D(8, 3));
}
