use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let words = Input(length: None, dtype = int32);
        let positions = Input(20, dtype = int32);
        [words => Embedding(50, 8), positions => Embedding(20, 8)] => Add()
    );
}
