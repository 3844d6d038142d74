use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[1.0f32; 6]; 2]);
    let y = Tensor::from([[1.0f32; 7]; 2]);
    let mut model = model!(Input(6, dtype = int32) => Embedding(20, 8) => LSTM(8, return_sequences = true) => Dense(20, activation = softmax)).compile(SGD::default(), SparseCategoricalCrossentropy::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
