use keras_core::prelude::*;

fn main() {
    let _ = model!(let x = Input(4) => Dense(1););
}
