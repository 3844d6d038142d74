use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(4);
        y = x => Dense(3);
        y => Dense(1)
    );
}
