use keras_core::prelude::*;

const WIDE: bool = true;

fn main() {
    let _ = model!(
        let x = Input(4);
        let y = if WIDE { x => Dense(64) } else { x => Dense(8) };
        y => Dense(1)
    );
}
