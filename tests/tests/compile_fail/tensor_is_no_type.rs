use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(tensor = 3 +) => Dense(1));
}
