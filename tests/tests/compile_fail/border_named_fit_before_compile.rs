use keras_core::prelude::*;
use ndarray::Array2;

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
    let x = Array2::<f32>::zeros((8, 5));
    Scorer::new().fit((&x, &x), (&x, &x)).run()?;
    Ok(())
}
