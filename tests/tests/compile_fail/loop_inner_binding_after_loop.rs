use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for units in [8, 16] {
            let y = x => Dense(units);
            x = y;
        }
        [x, y] => Concatenate() => Dense(1)
    );
}
