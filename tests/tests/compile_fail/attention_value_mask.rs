use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let query = Input(3, 8);
        let value = Input(5, 8);
        let padding = Input(3);
        [query, value] => MultiHeadAttention(2, 4, value_mask = padding)
    );
}
