use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let sentence = Dense(4) => Dense(2);
        Input(8) => TimeDistributed(sentence)
    );
}
