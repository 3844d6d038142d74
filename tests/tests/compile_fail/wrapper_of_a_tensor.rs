use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5, 4);
        x => TimeDistributed(x)
    );
}
