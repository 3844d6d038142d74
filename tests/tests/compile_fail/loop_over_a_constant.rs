use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for i in 0..DEPTH {
            x = x => Dense(8);
        }
        x => Dense(1)
    );
}
