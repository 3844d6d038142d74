use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let g = |x| x => f(3);
        let f = |x, n| x => Dense(n);
        Input(4) => g() => Dense(1)
    );
}
