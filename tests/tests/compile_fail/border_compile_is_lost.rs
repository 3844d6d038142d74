#![deny(unused_must_use)]
use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    model.compile("adam", MeanSquaredError::new(), ());
    Ok(())
}
