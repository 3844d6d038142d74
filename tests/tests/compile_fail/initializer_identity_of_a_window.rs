use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 4) => Conv1D(4, 2, kernel_initializer = identity));
}
