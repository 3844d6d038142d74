use keras_core::prelude::*;

model!(pub struct BothWays from "fixtures/bidi.keras");

fn main() -> keras_core::Result<()> {
    let model = BothWays::pretrained()?;
    model.predict(&Tensor::from([[[0.0f32; 4]; 5]; 1]))?;
    Ok(())
}
