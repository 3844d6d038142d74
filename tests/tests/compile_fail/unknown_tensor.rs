use keras_core::prelude::*;

fn main() {
    let _ = model!(let reviews = Input(5);
        reviws => Dense(1));
}
