#![deny(warnings)]
use keras_core::prelude::*;

model! {
    pub struct Block<const FILTERS: usize, const STRIDES: usize, const _KEPT: usize> {
        Input(8, 8, 1) => Conv2D(FILTERS, 3)
    }
}

fn main() {
    let _ = Block::<4, 2, 1>::new();
}
