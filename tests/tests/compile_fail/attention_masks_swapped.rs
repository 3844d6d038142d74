use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let query = Input(3, 8);
        let value = Input(5, 8);
        let of_query = Input(3);
        let of_value = Input(5);
        [query, value] => AdditiveAttention(mask = [of_value, of_query])
    );
}
