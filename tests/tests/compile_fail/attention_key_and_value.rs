use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let query = Input(None, 8);
        let value = Input(values: None, 8);
        let key = Input(keys: None, 8);
        [query, value, key] => Attention()
    );
}
