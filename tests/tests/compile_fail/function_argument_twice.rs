use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, units, rate = 0.1| x => Dense(units) => Dropout(rate);
        Input(4) => f(8, units = 16) => Dense(1)
    );
}
