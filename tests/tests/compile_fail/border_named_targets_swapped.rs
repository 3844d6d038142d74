use keras_core::prelude::*;

model! {
    pub struct Scorer {
        let both = Input(5);
        let kind = both => Dense(10, activation = softmax);
        let score = both => Dense(1);
        (kind, score)
    }
}

fn main() -> keras_core::Result<()> {
    let x = Tensor::from([[0.0; 5]; 4]);
    let kind = Tensor::from([[0.0; 10]; 4]);
    let score = Tensor::from([[0.0; 1]; 4]);
    let mut model = Scorer::new().compile("sgd", (MeanSquaredError::new(), MeanSquaredError::new()), ());
    model.fit(&x, ScorerOutputs { kind: &score, score: &kind }).run()?;
    Ok(())
}
