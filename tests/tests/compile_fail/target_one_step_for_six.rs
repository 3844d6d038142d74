use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[[0.0f32; 3]; 6]; 4]);
    let y = Tensor::from([[[0.0f32; 1]; 1]; 4]);
    let mut model = model!(Input(6, 3) => LSTM(4, return_sequences = true) => Dense(1)).compile(SGD::default(), MeanSquaredError::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
