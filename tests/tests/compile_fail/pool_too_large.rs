use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(3, 3, 8) => MaxPooling2D(4));
}
