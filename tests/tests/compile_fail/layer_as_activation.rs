use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(8, activation = layers.LeakyReLU(0.1)) => Dense(1));
}
