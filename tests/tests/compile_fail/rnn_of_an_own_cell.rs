use keras_core::prelude::*;

struct MinimalCell;

fn main() {
    let _ = model! {
        Input(None, 8) => RNN(MinimalCell) => Dense(2)
    };
}
