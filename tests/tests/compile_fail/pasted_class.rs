use keras_core::prelude::*;

model! { pub struct OwnLayer {
    class Linear(layers.Layer): {
        def __init__(self, units=32);
    }
    Input(4) => Linear(3)
} }

model! { pub struct OwnModel {
    class Autoencoder(keras.Model): pass;
    let x = Input(4);
    x => Dense(3)
} }

fn main() {}
