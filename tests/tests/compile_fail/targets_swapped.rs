use keras_core::prelude::*;
use ndarray::{Array1, Array2};

model! {
    pub struct Scorer {
        let person = Input(5);
        let text = Input(20);
        let both = [person, text] => Concatenate();
        let kind = both => Dense(10, activation = softmax);
        let score = both => Dense(2);
        (kind, score)
    }
}

fn main() -> keras_core::Result<()> {
    let (person, text) = (Array2::<f32>::zeros((4, 5)), Array2::<f32>::zeros((4, 20)));
    let (kind, score) = (Array1::<u8>::zeros(4), Array2::<f32>::zeros((4, 2)));
    let loss = (SparseCategoricalCrossentropy::new(), MeanSquaredError::new());
    let mut model = Scorer::new().compile(Adam::default(), loss, ());
    model.fit((&person, &text), (&score, &kind)).run()?;
    Ok(())
}
