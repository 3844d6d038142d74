use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(height: None, width: None, 8);
        let y = x => Conv2D(8, 3, strides = 2, padding = same);
        [x, y] => Add()
    );
}
