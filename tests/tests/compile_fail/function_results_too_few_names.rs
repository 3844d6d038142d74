use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let both = |x| { let a = x => Dense(3); let b = x => Dense(4); (a, b) };
        let x = Input(4);
        let y = x => both();
        y => Dense(1)
    );
}
