use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5);
        let tower = Dense(4) => Dense(2);
        [x, tower] => Concatenate()
    );
}
