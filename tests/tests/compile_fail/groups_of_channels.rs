use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 8, 3) => Conv2D(8, 3, groups = 2));
}
