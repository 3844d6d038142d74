use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let sentence = Flatten() => LSTM(3);
        Input(5, 7, 2) => TimeDistributed(sentence)
    );
}
