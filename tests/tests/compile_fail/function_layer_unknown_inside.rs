use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, n| x => Dens(n);
        Input(4) => f(3) => Dense(1)
    );
}
