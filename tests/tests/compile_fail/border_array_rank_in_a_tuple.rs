use keras_core::prelude::*;
use ndarray::{Array2, Array3};

model! {
    pub struct Scorer {
        let person = Input(5);
        let text = Input(20);
        let both = [person, text] => Concatenate();
        let kind = both => Dense(10, activation = softmax);
        let score = both => Dense(1);
        (kind, score)
    }
}

fn main() -> keras_core::Result<()> {
    let (person, text) = (Array2::<f32>::zeros((8, 5)), Array3::<f32>::zeros((8, 20, 1)));
    Scorer::new().predict((&person, &text))?;
    Ok(())
}
