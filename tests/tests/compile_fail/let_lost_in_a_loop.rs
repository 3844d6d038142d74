use keras_core::prelude::*;

fn main() {
    let model = model!(
        let x = Input(4);
        for units in [8, 16] {
            let x = x => Dense(units, activation = relu);
        }
        if 2 > 1 {
            let y = x => Dense(3);
            let x = y => Dropout(0.5);
        }
        x => Dense(1)
    );
    let _ = model;
}
