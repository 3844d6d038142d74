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
    let _ = Scorer::new().compile("sgd", (MeanSquaredError::new(), MeanSquaredError::new()), 5);
    Ok(())
}
