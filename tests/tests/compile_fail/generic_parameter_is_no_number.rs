use keras_core::prelude::*;

model! {
    pub struct Typed<T> { Input(4) => Dense(3) }
}

model! {
    pub struct Borrowed<'a> { Input(4) => Dense(3) }
}

model! {
    pub struct Letter<const C: char> { Input(4) => Dense(3) }
}

model! {
    pub struct Small<const units: usize> { Input(4) => Dense(units) }
}

model! {
    pub struct Layer<const Dense: usize> { Input(4) => Dense(3) }
}

fn main() {
    let _ = Typed::<u8>::new();
    let _ = Letter::<'c'>::new();
    let _ = Small::<3>::new();
}
