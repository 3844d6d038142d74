use keras_core::prelude::*;

fn main() {
    let _ = model! {
        Input(None, 8) => LSTMCell(16) => Dense(2)
    };
}
