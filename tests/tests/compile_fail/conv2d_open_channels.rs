use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28, 28, None) => Conv2D(8, 3));
}
