use keras_core::prelude::*;

fn main() {
    let model = model!(
        let deep = true;
        let units = 4 if deep else 8;
        let x = Input(4);
        let y = x => Dense(2) if deep else x;
        y => Dense(1)
    );
    let _ = model;
}
