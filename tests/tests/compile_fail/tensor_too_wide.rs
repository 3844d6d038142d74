use keras_core::prelude::*;

model! {
    pub struct Classifier { Input(4) => Dense(3) }
}

fn main() {
    let model = Classifier::new();
    let x = Tensor::from([[0.1, 0.2, 0.3, 0.4, 0.5]]);
    let _ = model.predict(&x);
}
