use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(12) => Reshape((-1, 3, -1)));
}
