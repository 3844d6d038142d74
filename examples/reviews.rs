//! Two inputs by name: who writes a review and what it says. The data is made up.

use keras_core::prelude::*;
use keras_examples::{commonest, rng};
use ndarray::Array2;
use rand::RngExt;

model! {
    /// Whether a review recommends.
    pub struct ReviewScorer {
        let demographics = Input(5);
        let reviews = Input(200);
        let person = demographics => Dense(16, activation = relu);
        let text = reviews => Dense(64, activation = relu);
        [person, text] => Concatenate() => Dense(1, activation = sigmoid)
    }
}

/// People of 5 traits, reviews of 200 word counts, and whether they recommend.
fn reviews(n: usize, seed: u64) -> (Array2<f32>, Array2<f32>, Array2<u8>) {
    let mut rng = rng(seed);
    let people = Array2::from_shape_fn((n, 5), |_| rng.random_range(-1.0..1.0));
    let words = Array2::from_shape_fn((n, 200), |_| f32::from(rng.random_range(0..40u8) == 0));
    let labels = Array2::from_shape_fn((n, 1), |(i, _)| {
        let glad: f32 = (0..20).map(|w| words[[i, w]]).sum();
        let sad: f32 = (20..40).map(|w| words[[i, w]]).sum();
        u8::from(2.0 * (glad - sad) + 1.5 * people[[i, 0]] + people[[i, 1]] > 0.0)
    });
    (people, words, labels)
}

fn main() -> keras_core::Result<()> {
    set_random_seed(10);
    println!("Made-up reviews: 5 traits of a person, 200 word counts.\n");
    let (demographics, words, y) = reviews(2000, 71);
    let (test_people, test_words, test_y) = reviews(500, 72);
    let mut model = ReviewScorer::new().compile(Adam::new(3e-3), BinaryCrossentropy::new(), Accuracy::new());
    println!("{}", model.summary());
    // By name: leaving one out, or naming one wrongly, does not compile.
    model.fit(ReviewScorerInputs { demographics: &demographics, reviews: &words }, &y).epochs(12).run()?;
    // Or in order.
    let result = model.evaluate((&test_people, &test_words), &test_y).run()?;
    println!(
        "\n{:.1} % right on new reviews; guessing gets {:.1} %.",
        100.0 * result.get("accuracy").unwrap_or(0.0),
        100.0 * commonest(test_y.iter().copied())
    );
    Ok(())
}
