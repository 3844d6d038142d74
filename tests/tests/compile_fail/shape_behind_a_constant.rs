use keras_core::prelude::*;

const UNITS: usize = 4;

fn main() {
    let _ = model!(
        let x = Input(8) => Dense(UNITS);
        x => Dense(x.shape[-1])
    );
}
