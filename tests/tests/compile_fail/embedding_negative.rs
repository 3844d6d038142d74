use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None) => Embedding(10, -1));
}
