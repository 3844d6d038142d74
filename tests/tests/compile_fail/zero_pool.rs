use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8, 8, 1) => MaxPooling2D(pool_size = (2, 0)));
}
