use keras_core::prelude::*;

fn main() {
    let _ = model!(
        def f(x, n): x => Dense(n);
        Input(4) => f(3)
    );
}
