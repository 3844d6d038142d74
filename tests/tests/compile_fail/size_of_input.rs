use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4294967296, 4294967296) => Flatten());
}
