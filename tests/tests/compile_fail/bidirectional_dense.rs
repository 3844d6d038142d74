use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 8) => Bidirectional(Dense(4)));
}
