use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, n, n| x => Dense(n);
        Input(4) => f(3, 4)
    );
}
