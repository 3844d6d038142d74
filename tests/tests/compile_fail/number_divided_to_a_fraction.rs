use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, units| x => Dense(units / 2);
        Input(4) => f(7) => Dense(1)
    );
}
