use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(20, 10) => Dropout(0.5, noise_shape = (20, 1.5, 10)));
}
