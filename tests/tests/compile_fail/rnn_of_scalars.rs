use keras_core::prelude::*;

fn main() {
    let _ = model!(Input() => SimpleRNN(3));
}
