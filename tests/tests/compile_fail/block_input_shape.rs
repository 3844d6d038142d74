use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let encoder = Sequential([Input(28, 28, 1), Flatten(), Dense(32)], name = "encoder");
        Input(28, 28, 3) => encoder => Dense(1)
    );
}
