use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, units = "many"| x => Dense(units);
        Input(4) => f() => Dense(1)
    );
}
