use keras_core::prelude::*;

model! {
    pub struct Pair {
        let a = Input(4);
        let b = Input(4);
        [a, b] => Add()
    }
}

fn main() {
    let _ = model!(Input(5, 4) => TimeDistributed(Pair));
}
