use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(0, 8) => Dense(2));
}
