use keras_core::prelude::*;

model! {
    pub fn block(x, units) x => Dense(units)
}

fn main() {}
