use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 8, 1) => Conv2D(0, 3));
}
