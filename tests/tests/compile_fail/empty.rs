use keras_core::prelude::*;

fn main() {
    let _ = model!();
}
