use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(8) => Dropout(0.5, units = 3));
}
