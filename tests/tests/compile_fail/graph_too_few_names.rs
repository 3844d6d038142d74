use keras_core::prelude::*;

fn main() {
    let _ = model!({
        let x = Input(None, 8);
        let (y, h) = x => LSTM(4, return_state = true);
        [y, h] => Concatenate()
    });
}
