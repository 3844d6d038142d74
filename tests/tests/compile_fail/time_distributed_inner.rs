use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 28, 28) => TimeDistributed(Conv2D(8, 3)));
}
