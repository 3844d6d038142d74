use keras_core::prelude::*;

model!(pub struct Classifier from "models/classifier.keras");

fn main() -> keras_core::Result<()> {
    let model = Classifier::pretrained()?;
    model.predict(&ndarray::Array2::<f32>::zeros((1, 4)))?;
    println!("{}", model.summary());
    Ok(())
}
