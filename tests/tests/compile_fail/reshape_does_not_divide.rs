use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(10) => Reshape((3, -1)));
}
