//! Text classification with a transformer encoder, after
//! <https://keras.io/examples/nlp/text_classification_with_transformer/>: token and position embedding, blocks of
//! attention and feed-forward layers in a loop. The data is made up: texts of "words" whose mood words decide, as in
//! `sentiment`.

use keras_core::prelude::*;
use keras_examples::{commonest, rng};
use ndarray::{Array1, Array2};
use rand::RngExt;

const WORDS: usize = 200;
const LENGTH: usize = 40;

model! {
    /// Self-attention and a feed-forward network, each with dropout, a residual connection and a normalisation.
    pub fn transformer_block(x, num_heads, ff_dim, rate = 0.1) {
        let embed_dim = x.shape[-1];
        let attended = [x, x] => MultiHeadAttention(num_heads, embed_dim) => Dropout(rate);
        let x = x + attended => LayerNormalization(epsilon = 1e-6);
        let fed = x => Dense(ff_dim, activation = relu) => Dense(embed_dim) => Dropout(rate);
        x + fed => LayerNormalization(epsilon = 1e-6)
    }
}

model! {
    /// Two transformer blocks over texts of 40 words.
    pub struct TextClassifier {
        let words = Input(LENGTH, dtype = int32);
        let tokens = words => Embedding(WORDS, 32);
        let positions = words => Lambda(|ids| positions_of(ids)) => Embedding(LENGTH, 32);
        let mut x = tokens + positions;
        for _block in 0..2 {
            x = x => transformer_block(num_heads = 2, ff_dim = 32);
        }
        x => GlobalAveragePooling1D()
            => Dropout(0.1)
            => Dense(20, activation = relu)
            => Dropout(0.1)
            => Dense(2, activation = softmax)
    }
}

/// The number of each step, for texts of word numbers `(batch, steps)`.
fn positions_of(ids: Symbolic) -> Symbolic {
    let steps = ids.shape()[1];
    ops::broadcast_to(ops::arange(0, steps as i32, 1), ids.shape().to_vec())
}

/// Texts of word numbers, of which 1 to 20 are glad and 21 to 40 sad; and whether there are more glad ones.
fn texts(n: usize, seed: u64) -> (Array2<i32>, Array1<u8>) {
    let mut rng = rng(seed);
    let moods = Array1::from_shape_fn(n, |_| u8::from(rng.random::<bool>()));
    let texts = Array2::from_shape_fn((n, LENGTH), |(i, _)| match (rng.random_range(0..10), moods[i]) {
        (0 | 1, 1) | (2, 0) => rng.random_range(1..=20),
        (0 | 1, _) | (2, _) => rng.random_range(21..=40),
        _ => rng.random_range(41..WORDS as i32),
    });
    (texts, moods)
}

fn main() -> keras_core::Result<()> {
    set_random_seed(5);
    println!("Made-up texts of {LENGTH} words: are they glad or sad?\n");
    let (train_x, train_y) = texts(2000, 31);
    let (test_x, test_y) = texts(500, 32);
    let mut model =
        TextClassifier::new().compile(Adam::new(1e-3), SparseCategoricalCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    model.fit(&train_x, &train_y).epochs(6).verbose(2).run()?;
    let result = model.evaluate(&test_x, &test_y).verbose(0).run()?;
    println!(
        "\n{:.1} % right on new texts; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    Ok(())
}
