use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(16, 16, 32);
        let y = x => Conv2D(64, 3, padding = same);
        [x, y] => Add()
    );
}
