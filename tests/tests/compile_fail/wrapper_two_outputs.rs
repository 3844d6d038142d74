use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let states = Embedding(9, 4) => LSTM(3, return_state = true);
        Input(5, 7) => TimeDistributed(states)
    );
}
