use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let f = |x, units| x => Dense(units);
        let x = Input(4);
        [x, f] => Add()
    );
}
