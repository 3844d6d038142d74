use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let query = Input(4, 8);
        let value = Input(2, 8);
        let key = Input(1, 7);
        [query, value, key] => MultiHeadAttention(num_heads = 4, key_dim = 2, value_dim = 2)
    );
}
