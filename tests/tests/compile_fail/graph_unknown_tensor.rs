use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let person = Input(5);
        let text = Input(20);
        [persn, text] => Concatenate()
    );
}
