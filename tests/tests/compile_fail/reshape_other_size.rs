use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(784) => Reshape((28, 27)));
}
