use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(5, 8) => Permute((1, 3)));
}
