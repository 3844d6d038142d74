use keras_core::prelude::*;

const DEPTH: usize = 3;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for _ in 0..DEPTH {
            x = x => Dense(8);
        }
        x => Dense(1)
    );
}
