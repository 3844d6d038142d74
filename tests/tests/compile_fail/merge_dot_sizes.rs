use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = Input(5, 8);
        let b = Input(5, 7);
        [a, b] => Dot(axes = 2)
    );
}
