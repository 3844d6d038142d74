use keras_core::prelude::*;

const WINDOW: usize = 9;

model! {
    pub struct Broken { Input(8, 1) => Conv1D(4, WINDOW) => Flatten() => Dense(2) }
}

fn main() {
    let model = Broken::new();
    println!("{} {:?}", Broken::OUTPUT_SHAPE, Broken::PARAMS);
    println!("{:?}", model.predict(&ndarray::Array3::<f32>::zeros((1, 8, 1))));
}
