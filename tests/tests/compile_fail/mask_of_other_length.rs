use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5, 3);
        let padding = Input(4);
        x => LSTM(2, mask = padding)
    );
}
