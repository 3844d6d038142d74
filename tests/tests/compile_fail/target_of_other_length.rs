use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[[0.0f32; 4]; 12]; 2]);
    let y = Tensor::from([[[0.0f32; 4]; 12]; 2]);
    let mut model = model!(Input(None, 4) => LSTM(10) => RepeatVector(15) => LSTM(10, return_sequences = true) => TimeDistributed(Dense(4))).compile(SGD::default(), MeanSquaredError::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
