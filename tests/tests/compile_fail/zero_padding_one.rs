use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4, 4, 1) => ZeroPadding2D((1,)));
}
