use keras_core::prelude::*;
use ndarray::{Array1, Array2};

fn main() -> keras_core::Result<()> {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile("adam", SparseCategoricalCrossentropy::new(), "accuracy");
    let x = Array2::<f32>::zeros((2, 4));
    let labels = Array1::from_vec(vec!["cat", "dog"]);
    model.fit(&x, &labels).run()?;
    Ok(())
}
