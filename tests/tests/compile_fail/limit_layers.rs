use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(4) => [[[Dense(4); 100]; 100]; 100]);
}
