use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => RepeatVector(4611686018427387904) => Flatten());
}
