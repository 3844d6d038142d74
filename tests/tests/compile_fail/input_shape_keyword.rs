use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(shape = (28, 28, 1)) => Flatten());
}
