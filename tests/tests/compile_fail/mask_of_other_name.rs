use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(words: None, 3);
        let padding = Input(tags: None);
        x => Bidirectional(GRU(2), mask = padding)
    );
}
