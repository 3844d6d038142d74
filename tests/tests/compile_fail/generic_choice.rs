use keras_core::prelude::*;

model! {
    pub struct Block<const FILTERS: usize, const STRIDES: usize = 1> {
        let x = Input(8, 8, FILTERS);
        let short = if STRIDES > 1 { x => Conv2D(FILTERS, 1, strides = STRIDES) } else { x };
        short => ReLU()
    }
}

fn main() {
    let _ = Block::<4>::new();
}
