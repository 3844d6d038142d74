use keras_core::prelude::*;

model! {
    pub struct Inner<const UNITS: usize> {
        Input(4) => Dense(UNITS)
    }
}

model! {
    pub struct Outer<const UNITS: usize> {
        Input(4) => Inner::<{ 2 * UNITS }> => Dense(UNITS)
    }
}

fn main() {
    let _ = Outer::<4>::new();
}
