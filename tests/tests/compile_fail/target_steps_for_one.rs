use keras_core::prelude::*;
use ndarray::Array3;

fn main() -> keras_core::Result<()> {
    let (x, y) = (Array3::<f32>::zeros((2, 6, 5)), Array3::<f32>::zeros((2, 6, 20)));
    let mut model = model!(Input(None, 5) => LSTM(8) => Dense(20, activation = softmax)).compile(SGD::default(), CategoricalCrossentropy::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
