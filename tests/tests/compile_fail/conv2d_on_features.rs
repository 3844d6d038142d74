use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(784) => Conv2D(32, 3));
}
