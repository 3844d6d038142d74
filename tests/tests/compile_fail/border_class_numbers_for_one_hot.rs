use keras_core::prelude::*;
use ndarray::{Array1, Array2};

fn main() -> keras_core::Result<()> {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile("adam", CategoricalCrossentropy::new(), "accuracy");
    let (x, y) = (Array2::<f32>::zeros((8, 4)), Array1::<u8>::zeros(8));
    model.train_on_batch(&x, &y)?;
    Ok(())
}
