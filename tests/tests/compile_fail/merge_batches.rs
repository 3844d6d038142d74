use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let a = Input(4, batch = 2);
        let b = Input(4, batch = 3);
        [a, b] => Add()
    );
}
