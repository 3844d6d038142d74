use keras_core::prelude::*;
use ndarray::Array2;

fn main() -> keras_core::Result<()> {
    let (x, y) = (Array2::<f32>::zeros((4, 8)), Array2::<u8>::zeros((4, 10)));
    let mut model = model!(Input(8) => Dense(10, activation = softmax)).compile(SGD::default(), SparseCategoricalCrossentropy::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
