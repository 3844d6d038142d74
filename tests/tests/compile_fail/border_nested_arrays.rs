use keras_core::prelude::*;

fn main() -> keras_core::Result<()> {
    let model = model!(Input(4) => Dense(3, activation = softmax));
    model.predict(&[[1.0f32; 4]; 2])?;
    Ok(())
}
