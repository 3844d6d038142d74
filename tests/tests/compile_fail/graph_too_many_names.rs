use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(None, 5);
        let (y, h, c) = x => GRU(4, return_state = true);
        [y, h, c] => Add()
    );
}
