use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => Dense(340282366920938463463374607431768211456));
}
