use keras_core::prelude::*;

model! {
    pub struct Inner<const SIZE: usize> {
        Input(20, 8) => Conv1D(4, SIZE) => GlobalMaxPooling1D()
    }
}

model! {
    pub struct Outer<const SIZE: usize> {
        Input(20, 8) => Inner::<SIZE> => Dense(2, name = "last")
    }
}

fn main() {
    let _ = model!(Input(20, 8) => Outer::<5> => Dense(1));
    let _ = model!(Input(20, 8) => Outer::<21> => Dense(1));
}
