use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(50) => GRU(64));
}
