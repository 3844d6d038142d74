use keras_core::prelude::*;

const SIZE: usize = 4;
const KERNEL: usize = 2 * SIZE + 1;

fn main() {
    let _ = model!(Input(SIZE, SIZE, 1) => Conv2D(8, KERNEL));
}
