//! A mask ends at an operation, as in Keras: where something later needs it, that is said.

use keras_core::prelude::*;

fn main() {
    let _ = model!({
        let x = Input(None, dtype = int32) => Embedding(10, 4, mask_zero = true);
        2 * x => LSTM(3)
    });
}
