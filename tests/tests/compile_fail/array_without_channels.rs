use keras_core::prelude::*;

model! {
    pub struct Digits { Input(28, 28, 1) => Conv2D(8, 3) => Flatten() => Dense(10) }
}

fn main() {
    let images = ndarray::Array3::<f32>::zeros((100, 28, 28));
    let _ = Digits::new().predict(&images);
}
