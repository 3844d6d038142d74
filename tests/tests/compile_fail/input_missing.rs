use keras_core::prelude::*;

fn main() {
    let _ = model!(Dense(4) => Dense(2));
}
