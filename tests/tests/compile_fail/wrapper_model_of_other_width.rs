use keras_core::prelude::*;

model! {
    pub struct Sentence { Input(7) => Dense(3) }
}

fn main() {
    let _ = model!(Input(5, 8) => TimeDistributed(Sentence));
}
