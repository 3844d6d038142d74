use keras_core::prelude::*;

fn main() {
    let _ = model!({
        let x = Input(4);
        let y = x / 255.;
        let z = x + y;
        x => Dense(4) + z
    });
}
