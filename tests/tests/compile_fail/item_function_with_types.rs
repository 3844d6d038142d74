use keras_core::prelude::*;

model! {
    pub fn block(x: Tensor, units: usize) -> Tensor {
        x => Dense(units)
    }
}

fn main() {}
