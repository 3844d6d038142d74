use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(4, 8);
        [x, x] => MultiHeadAttention(num_heads = 1.5, key_dim = 4)
    );
}
