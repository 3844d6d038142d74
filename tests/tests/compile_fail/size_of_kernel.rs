use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4194304) => Dense(4194304) => Dense(4194304) => Dense(1073741824));
}
