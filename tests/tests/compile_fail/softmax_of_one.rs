#![deny(deprecated)]

use keras_core::prelude::*;

model! {
    pub struct Classifier {
        Input(4) => Dense(1, activation = softmax)
    }
}

fn main() {
    let _ = model!(Input(4, 1) => Softmax() => Dense(1, activation = "log_softmax") => LSTM(1, softmax));
    let _ = model!(Input(4, 1) => TimeDistributed(Dense(1, activation = softmax)));
    let _ = model!(Input(4) => Dense(2, activation = softmax) => Dense(1, activation = sigmoid));
}
