use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 8, 4) => Conv2D(6, 3, groups = 4));
}
