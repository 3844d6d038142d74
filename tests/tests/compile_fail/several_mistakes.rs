use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28, 28)
        => Conv2D(32, 3)
        => Dense(10, activaton = relu)
        => Dropuot(0.5)
        => Dense(0));
}
