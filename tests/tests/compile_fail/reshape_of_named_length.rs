use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(time: None, 4) => Reshape((8,)));
}
