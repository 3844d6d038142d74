use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let tokens = Input(time: None, dtype = int32);
        let positions = Input(20, dtype = int32);
        [tokens => Embedding(50, 8), positions => Embedding(20, 8)] => Add()
    );
}
