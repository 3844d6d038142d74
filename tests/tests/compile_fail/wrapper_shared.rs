use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let sentence = Dense(4) => Dense(2);
        let x = Input(5, 4);
        let each = x => TimeDistributed(sentence);
        let one = Input(4) => sentence;
        let last = each => Flatten();
        [last, one] => Concatenate()
    );
}
