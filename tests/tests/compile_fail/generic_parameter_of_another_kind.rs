use keras_core::prelude::*;

model! {
    pub struct Head<const UNITS: usize> {
        Input(4) => Dense(UNITS)
    }
}

fn main() {
    let _ = model!(Input(4) => Head::<true> => Dense(1));
}
