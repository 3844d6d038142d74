use keras_core::prelude::*;

model! {
    /// Reads words.
    #[derive(Clone)]
    pub struct Reader from "fixtures/embed.h5", embed = true
}

fn main() -> keras_core::Result<()> {
    let model = Reader::pretrained()?.clone();
    model.predict(&ndarray::Array2::<i32>::zeros((1, 4)))?;
    Ok(())
}
