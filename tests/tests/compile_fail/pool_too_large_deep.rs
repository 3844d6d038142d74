use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(28, 28, 1)
        => Conv2D(8, 3) => MaxPooling2D(2)
        => Conv2D(8, 3) => MaxPooling2D(2)
        => Conv2D(8, 3) => MaxPooling2D(2)
        => Conv2D(8, 3));
}
