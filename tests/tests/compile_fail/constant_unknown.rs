use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(WIDTH) => Dense(1));
}
