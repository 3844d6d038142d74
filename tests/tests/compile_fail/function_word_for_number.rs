use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, units| x => Dense(units);
        Input(4) => f(relu) => Dense(1)
    );
}
