use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(3, name = "block/dense") => Dense(1));
}
