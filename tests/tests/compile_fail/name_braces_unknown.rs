use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        for i in 0..2 {
            x = x => Dense(8, name = "hidden_{j}");
        }
        x => Dense(1)
    );
}
