use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(1, dtype = string) => Dense(3));
    let _ = model!(Input(2, dtype = string) => Reshape((2, 1)));
    let _ = model!(Input(2, dtype = string) => Flatten() => Embedding(5, 2));
}
