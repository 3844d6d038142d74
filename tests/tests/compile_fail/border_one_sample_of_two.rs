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
    let model = model!(Input(4) => Dense(3, activation = softmax));
    model.predict_one((&[1.0; 4], &[1.0; 4]))?;
    Scorer::new().predict_one(&[1.0; 25])?;
    Ok(())
}
