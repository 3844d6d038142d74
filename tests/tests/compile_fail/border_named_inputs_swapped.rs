use keras_core::prelude::*;

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
    let person = Tensor::from([[0.0; 5]; 4]);
    let text = Tensor::from([[0.0; 20]; 4]);
    Scorer::new().predict(ScorerInputs { person: &text, text: &person })?;
    Ok(())
}
