use keras_core::prelude::*;

fn main() {
    let _ = model!([Input(3), Input(4)] => Dense(1));
}
