use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let residual = |x, n| x => Dense(n);
        Input(4) => residul(4) => Dense(1)
    );
}
