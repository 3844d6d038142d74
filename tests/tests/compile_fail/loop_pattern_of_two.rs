use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for (units, rate) in [8, 16] {
            x = x => Dense(units) => Dropout(rate);
        }
        x => Dense(1)
    );
}
