use keras_core::prelude::*;

fn main() {
    let n = 4;
    let x = ndarray::Array2::<f32>::zeros((2, n));
    let _ = model!(Input(n) => Dense(1));
    let _ = model!(Input(x.ncols()) => Dense(n * 2) => Dropout(n));
}
