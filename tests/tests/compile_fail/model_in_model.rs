use keras_core::prelude::*;

model! {
    pub struct Encoder { Input(16) => Dense(4) }
}

model! {
    pub struct Whole { Input(8) => Encoder => Dense(2) }
}

fn main() {}
