use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let encoder = Sequential([Flatten(), Dense(32)], units = 3);
        Input(28, 28) => encoder => Dense(1)
    );
}
