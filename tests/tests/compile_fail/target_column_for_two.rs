use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[0.0f32; 8]; 4]);
    let y = Tensor::from([[0.0f32; 1]; 4]);
    let mut model = model!(Input(8) => Dense(2, activation = sigmoid)).compile(SGD::default(), BinaryCrossentropy::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
