use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let n = 2;
        let x = Input(4);
        let y = if n = 2 { x => Dense(3) } else { x };
        y => Dense(1)
    );
}
