use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(1, dtype = string) => Dense(3));
}
