use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for i in 0..3 {
            x = x => Dense(8, name = "hidden");
        }
        x => Dense(1)
    );
}
