use keras_core::prelude::*;

struct Scale;

fn main() {
    let _ = model!(Input(28) => Scale => Dense(2));
}
