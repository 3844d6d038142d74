use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, units| x => Dense(units);
        let a = Input(4);
        let b = Input(4);
        [a, b] => f(3) => Dense(1)
    );
}
