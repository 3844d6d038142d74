use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let words = Input(None, 4);
        let h = Input(8);
        let decoder = LSTM(8);
        words => decoder(initial_state = [h]) => Dense(1)
    );
}
