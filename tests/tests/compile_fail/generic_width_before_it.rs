use keras_core::prelude::*;

model! {
    pub struct Residual<const UNITS: usize> {
        let x = Input(UNITS);
        let y = x => Dense(2 * UNITS, activation = relu) => Dense(UNITS);
        [x, y] => Add()
    }
}

fn main() {
    let _ = model!(Input(5) => Dense(9) => Residual::<8> => Dense(1));
}
