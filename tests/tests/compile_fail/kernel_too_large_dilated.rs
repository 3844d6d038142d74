use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 1) => Conv1D(4, 3, dilation_rate = 4));
}
