use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[[[0.0f32; 3]; 28]; 28]; 2]);
    model!(Input(32, 32, 3) => Conv2D(4, 3) => Flatten() => Dense(2)).predict(&x)?;
    Ok(())
}
