use keras_core::prelude::*;

fn main() {
    let _ = model! {
        Input(None, 8) => RNN([LSTMCell(16), LSTM(8)]) => Dense(2)
    };
}
