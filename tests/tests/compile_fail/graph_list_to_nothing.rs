use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5);
        let y = Input(5);
        [x, y]
    );
}
