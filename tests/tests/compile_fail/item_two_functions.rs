use keras_core::prelude::*;

model! {
    pub fn a(x) { x => Dense(1) }
    pub fn b(x) { x => Dense(2) }
}

fn main() {}
