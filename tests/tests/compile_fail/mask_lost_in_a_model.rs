use keras_core::prelude::*;

model! { struct Columns { Input(8, 6) => Reshape((4, 12)) } }
model! { struct Reader { Input(8, 6) => Dense(4) => LSTM(2) } }

fn main() {
    let _ = model!(Input(8) => Embedding(11, 6, mask_zero = true) => Columns => Dense(3) => LSTM(4));
    let _ = model!(Input(8) => Embedding(11, 6, mask_zero = true) => Reshape((8, 6)) => Reader => Dense(1));
}
