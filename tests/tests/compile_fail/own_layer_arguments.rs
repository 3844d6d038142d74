use keras_core::prelude::*;

#[derive(Default)]
struct Scale;

fn main() {
    let _ = model!(Input(4) => Scale({"factor": 2.0}) => Dense(1));
    let _ = model!(Input(4) => Scale(type = 2.0) => Dense(1));
}
