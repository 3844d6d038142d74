use keras_core::prelude::*;

model! {
    pub struct Pair {
        let wide = Input(8);
        let narrow = Input(4);
        [wide => Dense(2), narrow] => Concatenate()
    }
}

model! {
    pub struct Outer {
        let x = Input(8);
        let y = Input(4);
        [y, x] => Pair => Dense(1)
    }
}

fn main() {}
