use keras_core::prelude::*;
use keras_core::typenum::U5;

model! {
    pub struct Head<const UNITS: usize> {
        Input(4) => Dense(UNITS)
    }
}

model! {
    pub struct Doubled<H: Unsigned> {
        Input(4) => Dense(2 * H)
    }
}

fn main() {
    let _ = model!(Input(4) => Head::<U5>);
    let _ = model!(Input(4) => Doubled::<5>);
}
