use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let block = Dense(4) => LSTM(3);
        Input(5, 8) => Bidirectional(block)
    );
}
