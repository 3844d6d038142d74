use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(4);
        let y = if x { x => Dense(3) } else { x };
        y => Dense(1)
    );
}
