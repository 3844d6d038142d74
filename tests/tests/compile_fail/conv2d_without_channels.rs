use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28, 28) => Conv2D(32, 3, activation = relu) => Flatten() => Dense(10));
}
