use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(32, 32, 3) => Conv2D(8, 3, strides = 2, dilation_rate = 2));
}
