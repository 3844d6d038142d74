use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    model.predict_one(&[1.0f64, 2.0, 3.0, 4.0])?;
    model.predict_one(&vec![1, 2, 3, 4])?;
    Ok(())
}
