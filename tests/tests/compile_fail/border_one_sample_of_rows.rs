use keras_core::prelude::*;
use ndarray::Array2;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    model.predict_one(&Array2::<f32>::zeros((1, 4)))?;
    Ok(())
}
