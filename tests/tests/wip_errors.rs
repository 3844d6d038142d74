use keras_core::prelude::*;
const HIDDEN: usize = 5;
fn main() {
    let a = model!(Input(None, 50) => LSTM(64) => LSTM(32) => Dens(10, activation = softmx));
    let b = model!(Input(28, 28, 1) => Conv2D(8, (30, 3), paddin = same) => Dense());
    let c = model!(Input(HIDDEN) => Dense(3) => Conv2D(HIDDEN, 3));
    let c = model!(Input(HIDDEN, HIDDEN, 3) => Conv2D(4, 7));
    let d = model!(Input(4) => Dense(3, activation = relu)
       => );
    let e = model!(Input(4) => Dense(3));
    let y = e.predict(&Tensor::from([[1.0; 5]; 2]));
    let y = e.predict(&ndarray::Array3::<f32>::zeros((1, 2, 4)));
    let f = model!(Input(4) => Dense(0) => Foo(3));
}
