use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5, 8);
        x => MultiHeadAttention(2, 4)
    );
}
