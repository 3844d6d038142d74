use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for units in [8, 16] {
            x = x => Dense(units);
        }
        x => Dense(units)
    );
}
