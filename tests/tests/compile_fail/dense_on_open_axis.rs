use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(10, None) => Dense(5));
}
