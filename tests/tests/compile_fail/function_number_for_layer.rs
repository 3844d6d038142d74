use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, layer| x => layer => Dense(2);
        Input(4) => f(3)
    );
}
