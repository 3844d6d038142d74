use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 8, 8, 1) => ConvLSTM2D(4, 3));
}
