use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, n| x => Dense(n);
        let x = Input(4);
        return f(x, 3)
    );
}
