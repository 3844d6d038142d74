use keras_core::prelude::*;

const WIDTH: f32 = 4.0;

fn main() {
    let _ = model!(Input(WIDTH) => Dense(1));
}
