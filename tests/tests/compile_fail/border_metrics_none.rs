use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    let _ = model.compile("sgd", MeanSquaredError::new(), None);
    Ok(())
}
