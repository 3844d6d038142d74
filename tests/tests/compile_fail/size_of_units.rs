use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(4611686018427387904) => Dense(1));
}
