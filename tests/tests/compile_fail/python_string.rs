use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(4, activation='relu') => Dense(2));
}
