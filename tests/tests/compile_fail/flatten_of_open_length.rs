use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 8) => Flatten() => Dense(5));
}
