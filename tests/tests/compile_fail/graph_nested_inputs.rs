use keras_core::prelude::*;

model! {
    pub struct Pair {
        let a = Input(8);
        let b = Input(4);
        [a, b] => Concatenate()
    }
}

model! {
    pub struct Swapped {
        let x = Input(8);
        let y = Input(4);
        [y, x] => Pair => Dense(1)
    }
}

model! {
    pub struct OneMissing {
        let x = Input(8);
        x => Pair => Dense(1)
    }
}

fn main() {}
