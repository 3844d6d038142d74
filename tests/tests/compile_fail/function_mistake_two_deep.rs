use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let inner = |x, n| x => Dense(n) => LSTM(n);
        let outer = |x, n| x => inner(n) => Dense(1);
        Input(4) => outer(8)
    );
}
