use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8) => Dense(4, kernel_initializer = he_norml));
}
