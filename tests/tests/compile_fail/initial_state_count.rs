use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let e = Input(None, 7);
        let (_, h) = e => GRU(16, return_state = true);
        let d = Input(None, 9);
        d => LSTM(16, initial_state = [h])
    );
}
