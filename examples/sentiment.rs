//! Yes or no for sequences of any length, with padding that does not count: a mask goes through a
//! SimpleRNN. The data is made up: sentences of "words" whose mood words decide.

use keras_core::data::{PadOptions, pad_sequences};
use keras_core::prelude::*;
use keras_examples::{commonest, rng};
use ndarray::Array2;
use rand::RngExt;

/// Sentences of 4 to 20 word numbers; words 1 to 20 are glad, 21 to 40 sad, the others neutral.
fn sentences(n: usize, seed: u64) -> keras_core::Result<(Array2<i32>, Vec<u8>)> {
    let mut rng = rng(seed);
    let mut words = Vec::new();
    let mut moods = Vec::new();
    for _ in 0..n {
        let mood: bool = rng.random();
        let length = rng.random_range(4..=20);
        let sentence: Vec<i32> = (0..length)
            .map(|_| match rng.random_range(0..10) {
                0..4 => rng.random_range(1..=20) + if mood { 0 } else { 20 },
                4 => rng.random_range(1..=20) + if mood { 20 } else { 0 },
                _ => rng.random_range(41..200),
            })
            .collect();
        words.push(sentence);
        moods.push(u8::from(mood));
    }
    Ok((pad_sequences(&words, &PadOptions::default())?, moods))
}

fn main() -> keras_core::Result<()> {
    set_random_seed(3);
    println!("Made-up sentences of 4 to 20 words, padded with 0 to the longest.\n");
    let (train_x, train_y) = sentences(1500, 21)?;
    let (test_x, test_y) = sentences(400, 22)?;
    let mut model = model!(
        Input(None, dtype = int32)
            => Embedding(200, 100, mask_zero = true)
            => SimpleRNN(50)
            => Dense(1, activation = sigmoid)
    )
    .compile(Adam::new(1e-3), BinaryCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    let labels = |moods: &[u8]| Array2::from_shape_fn((moods.len(), 1), |(i, _)| moods[i]);
    model.fit(&train_x, &labels(&train_y)).epochs(6).run()?;
    let result = model.evaluate(&test_x, &labels(&test_y)).run()?;
    println!(
        "\n{:.1} % right on new sentences; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    Ok(())
}
