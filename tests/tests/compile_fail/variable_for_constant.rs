use keras_core::prelude::*;

fn main() {
    let hidden = 16;
    let _ = model!(Input(4) => Dense(hidden) => Dense(1));
}
