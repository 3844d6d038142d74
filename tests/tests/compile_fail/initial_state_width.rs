use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let e = Input(None, 7);
        let (_, h) = e => GRU(8, return_state = true);
        let d = Input(None, 9);
        d => GRU(16, initial_state = h)
    );
}
