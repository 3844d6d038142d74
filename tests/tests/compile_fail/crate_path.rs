use keras_core::prelude::*;

fn main() {
    let _ = model!(crate = "keras"; Input(4) => Dense(1));
}
