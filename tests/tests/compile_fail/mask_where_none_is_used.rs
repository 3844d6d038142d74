use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5, 3);
        let padding = Input(5);
        x => Dense(2, mask = padding) => LSTM(1)
    );
}
