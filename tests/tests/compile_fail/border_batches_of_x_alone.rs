use keras_core::prelude::*;
use ndarray::Array2;

fn main() -> keras_core::Result<()> {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile("adam", SparseCategoricalCrossentropy::new(), "accuracy");
    let x = Array2::<f32>::zeros((8, 4));
    model.fit_batches(|| vec![x.clone()].into_iter()).run()?;
    Ok(())
}
