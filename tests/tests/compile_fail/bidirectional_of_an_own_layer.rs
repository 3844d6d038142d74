use keras_core::prelude::*;

#[derive(Default)]
struct Scan;

fn main() {
    let _ = model!(Input(5, 4) => Bidirectional(Scan));
}
