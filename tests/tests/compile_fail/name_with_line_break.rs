use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4, name = "two\nlines") => Dense(1));
}
