use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let image = Input(height: None, width: None, 8);
        let small = image => Conv2D(8, 3, strides = 2, padding = same);
        [image, small] => Add()
    );
}
