use keras_core::prelude::*;

fn main() {
    let model = model!(Input(1, dtype = string) => StringLookup(vocabulary = ["a", "b"]));
    let _ = model.predict(&ndarray::arr2(&[[1.0f32]]));
    let _ = model.predict_one(&[1.0f32]);
}
