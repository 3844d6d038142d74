use keras_core::prelude::*;

fn main() {
    let _ = model!(
        let x = Input(5, 4);
        let (y, *states) = x => LSTM(3, return_state = true);
        let z = x => LSTM(3, initial_state = states);
        [y, z] => Add()
    );
}
