use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None) => Embedding(input_dim = False, output_dim = 8));
}
