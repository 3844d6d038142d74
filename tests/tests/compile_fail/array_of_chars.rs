use keras_core::prelude::*;

model! {
    pub struct Classifier { Input(4) => Dense(3) }
}

fn main() {
    let x = ndarray::Array2::<char>::default((100, 4));
    let _ = Classifier::new().predict(&x);
}
