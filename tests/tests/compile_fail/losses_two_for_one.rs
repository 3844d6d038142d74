use keras_core::prelude::*;

fn main() {
    let losses = (MeanSquaredError::new(), MeanAbsoluteError::new());
    let _ = model!(Input(8) => Dense(3)).compile(SGD::default(), losses, ());
}
