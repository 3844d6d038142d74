use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let mut x = Input(4);
        let mut n = 64;
        while n > 8 {
            x = x => Dense(n);
            n /= 2;
        }
        x => Dense(1)
    );
}
