use keras_core::prelude::*;

fn main() {
    let model = model!(
        let classes = 2;
        if classes == 2 {
            let units = 1;
        } else {
            let units = classes;
        }
        Input(4) => Dense(units)
    );
    let _ = model;
}
