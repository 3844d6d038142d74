use keras_core::prelude::*;
use ndarray::Array1;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    model.predict(&Array1::<f32>::zeros(4))?;
    Ok(())
}
