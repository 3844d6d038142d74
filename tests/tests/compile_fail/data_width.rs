use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[0.0f32; 11]; 2]);
    model!(Input(10) => Dense(4)).predict(&x)?;
    Ok(())
}
