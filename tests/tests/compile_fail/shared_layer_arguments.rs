use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(4);
        let shared = Dense(8);
        x => shared(activation = relu) => Dense(1)
    );
}
