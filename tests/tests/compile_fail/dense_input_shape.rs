use keras_core::prelude::*;

fn main() {
    let _ = model!(Dense(64, input_shape = (784,)) => Dense(10));
}
