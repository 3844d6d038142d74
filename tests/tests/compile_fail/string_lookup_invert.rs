use keras_core::prelude::*;

fn main() {
    let model = model!(Input(5, dtype = int32) => StringLookup(vocabulary = ["a", "b"], invert = true));
    let _ = model;
}
