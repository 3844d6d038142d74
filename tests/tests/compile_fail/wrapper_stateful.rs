use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let sentence = Embedding(9, 4) => LSTM(3, stateful = true);
        Input(5, 7, batch = 2) => TimeDistributed(sentence)
    );
}
