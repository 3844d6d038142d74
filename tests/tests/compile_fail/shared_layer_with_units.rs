use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let shared = Dense(8);
        Input(4) => shared(16) => Dense(1)
    );
}
