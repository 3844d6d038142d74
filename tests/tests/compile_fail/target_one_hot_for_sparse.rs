use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[0.0f32; 8]; 4]);
    let y = Tensor::from([[0.0f32; 10]; 4]);
    let mut model = model!(Input(8) => Dense(10, activation = softmax)).compile(SGD::default(), SparseCategoricalCrossentropy::new(), ());
    model.train_on_batch(&x, &y)?;
    Ok(())
}
