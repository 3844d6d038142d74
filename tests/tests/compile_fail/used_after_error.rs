use keras_core::prelude::*;

model! {
    pub struct Broken { Input(28, 28) => Conv2D(8, 3) => Flatten() => Dense(10) }
}

fn main() {
    let model = Broken::new();
    let x = ndarray::Array4::<f32>::zeros((1, 28, 28, 1));
    let y = model.predict(&x).unwrap();
    println!("{:?} {}", y.shape(), model.summary());
    println!("{} {}", model.dense.name(), model.count_params());
}
