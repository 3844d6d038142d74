use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = Input(4);
        let b = Input(5);
        let dense = Dense(3);
        [a => dense, b => dense] => Add()
    );
}
