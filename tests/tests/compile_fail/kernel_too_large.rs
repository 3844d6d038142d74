use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4, 4, 1) => Conv2D(8, (5, 3)));
}
