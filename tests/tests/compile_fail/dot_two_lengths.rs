use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = Input(left: None, 8);
        let b = Input(right: None, 8);
        [a, b] => Dot(axes = 1)
    );
}
