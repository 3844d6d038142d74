use keras_core::prelude::*;

model! {
    pub struct Inner<const UNITS: usize> {
        Input(4) => Dense(UNITS)
    }
}

model! {
    pub struct Outer<const UNITS: usize> {
        Input(4) => Inner::<UNITS> => Lambda(|x| x * 2.0) => Dense(UNITS)
    }
}

fn main() {
    let _ = Outer::<4>::new();
}
