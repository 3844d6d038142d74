use keras_core::prelude::*;
use ndarray::{Array1, Array3};

fn main() -> keras_core::Result<()> {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile("adam", SparseCategoricalCrossentropy::new(), "accuracy");
    let (x, y) = (Array3::<f32>::zeros((8, 4, 1)), Array1::<u8>::zeros(8));
    model.fit_batches(|| vec![(x.clone(), y.clone())].into_iter()).run()?;
    Ok(())
}
