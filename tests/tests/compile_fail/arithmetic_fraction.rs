use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28 * 28) => Dense(7 / 2) => Dense(2**-1) => Reshape((1.5 * 2, 1)));
}
