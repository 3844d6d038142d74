use keras_core::prelude::*;

model! {
    pub struct Scorer {
        let both = Input(5);
        (both => Dense(10, activation = softmax), both => Dense(1))
    }
}

fn main() -> keras_core::Result<()> {
    let _ = Scorer::new().compile("sgd", vec![MeanSquaredError::new(); 2], ());
    Ok(())
}
