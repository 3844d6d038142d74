#![deny(unused_variables)]

use keras_core::prelude::*;

model! {
    pub struct Forgotten {
        let x = Input(8);
        let person = x => Dense(4, activation = relu);
        let (steps, last) = x => Reshape((4, 2)) => GRU(3, return_sequences = true, return_state = true);
        let tower = Dense(16) => Dense(8);
        let _on_purpose = x => Dense(2);
        last => Dense(1)
    }
}

fn main() {}
