use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = Input(words: None, 4);
        let b = Input(tags: None, 3);
        [a, b] => Concatenate()
    );
}
