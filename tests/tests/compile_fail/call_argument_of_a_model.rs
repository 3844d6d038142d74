use keras_core::prelude::*;

model! {
    pub struct Encoder { Input(4) => Dense(3) }
}

fn main() {
    let _ = model!(
        let encoder = Encoder;
        Input(4) => encoder(trainable = false) => Dense(1)
    );
}
