use keras_core::prelude::*;

fn main() {
    let starred = model!(
        let e = Input(5, 3);
        let (y, *states) = e => LSTM(8, return_state = true);
        e => LSTM(8, initial_state = states)
    );
    let sliced = model!(
        let e = Input(5, 3);
        let out = e => LSTM(8, return_state = true);
        e => LSTM(8, initial_state = out[1:])
    );
    let _ = (starred, sliced);
}
