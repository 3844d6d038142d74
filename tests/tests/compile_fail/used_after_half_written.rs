use keras_core::prelude::*;

model! {
    pub struct Broken { Input(None, 50) => LSTM(64) => }
}

fn main() {
    let model = Broken::new();
    println!("{}", model.lstm.count_params());
}
