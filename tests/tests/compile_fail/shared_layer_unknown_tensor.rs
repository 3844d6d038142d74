use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let words = Input(None, 4);
        let decoder = LSTM(8, return_sequences = true);
        words => decoder(initial_state = [h, c]) => Dense(1)
    );
}
