use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(None, 8) => LSTM(4, return_state = true));
    let _ = model!({
        let x = Input(None, 8);
        let y = x => GRU(4, return_state = true);
        [y, y] => Add()
    });
}
