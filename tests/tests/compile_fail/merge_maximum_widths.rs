use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = Input(8);
        let b = Input(4);
        [a, b] => Maximum()
    );
}
