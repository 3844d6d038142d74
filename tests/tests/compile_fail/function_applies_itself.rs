use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, n| { if n > 0 { x => Dense(n) => f(n - 1) } else { x } };
        Input(4) => f(3) => Dense(1)
    );
}
