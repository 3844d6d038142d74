use keras_core::prelude::*;

model! {
    pub struct Named<const UNITS: usize, H: Unsigned> {
        let UNITS = Input(4);
        let y = Input(3) => H => Dense(H);
        [UNITS, y] => Concatenate()
    }
}

fn main() {}
