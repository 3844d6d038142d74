use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8) => TernaryDense(4));
}
