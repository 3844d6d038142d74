use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(10, 8) => GlobalMaxPooling2D() => Dense(1));
}
