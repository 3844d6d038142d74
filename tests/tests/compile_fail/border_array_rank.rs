use keras_core::prelude::*;
use ndarray::Array3;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    let x = Array3::<f32>::zeros((8, 4, 1));
    model.predict(&x)?;
    Ok(())
}
