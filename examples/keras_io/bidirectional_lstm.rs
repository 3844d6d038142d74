//! A bidirectional LSTM on texts of word numbers. Made up: what counts is the order of two words, which may stand anywhere.

use keras_core::prelude::*;
use ndarray::{Array1, Array2};
use rand::RngExt;

const MAX_FEATURES: usize = 200;
const LENGTH: usize = 30;

/// Texts of words from 3 on with one 1 and one 2 in each, and whether the 1 comes first.
fn texts(n: usize, seed: u64) -> (Array2<i32>, Array1<u8>) {
    let mut rng = keras_examples::rng(seed);
    let mut x = Array2::from_shape_fn((n, LENGTH), |_| rng.random_range(3..MAX_FEATURES as i32));
    let y = Array1::from_shape_fn(n, |i| {
        let first = rng.random_range(0..LENGTH - 1);
        let second = rng.random_range(first + 1..LENGTH);
        let one = rng.random::<bool>();
        x[[i, first]] = if one { 1 } else { 2 };
        x[[i, second]] = if one { 2 } else { 1 };
        u8::from(one)
    });
    (x, y)
}

pub fn run() -> keras_core::Result<String> {
    let (x, y) = texts(2000, 1);
    let (test_x, test_y) = texts(500, 2);
    let column = |y: &Array1<u8>| y.clone().insert_axis(ndarray::Axis(1));
    let model = model!(
        let inputs = Input(shape = (None,), dtype = "int32");
        let x = inputs => Embedding(MAX_FEATURES, 32);
        let x = x => Bidirectional(LSTM(32, return_sequences = true));
        let x = x => Bidirectional(LSTM(32));
        x => Dense(1, activation = "sigmoid")
    );
    let mut model = model.compile(Adam::new(3e-3), BinaryCrossentropy::new(), ["accuracy"]);
    model.fit(&x, &column(&y)).batch_size(32).epochs(5).verbose(0).run()?;
    let accuracy = model.evaluate(&test_x, &column(&test_y)).verbose(0).run()?["accuracy"];
    assert!(accuracy > 0.9, "{accuracy}");
    Ok(format!("{:.1} % of new texts; guessing gets 50 %", 100.0 * accuracy))
}
