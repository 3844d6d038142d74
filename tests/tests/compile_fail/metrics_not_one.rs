use keras_core::prelude::*;

fn main() {
    let model = model!(Input(4) => Dense(1));
    let _ = model.compile(Adam::new(1e-3), MeanSquaredError::new(), (MeanAbsoluteError::new(), 5));
}
