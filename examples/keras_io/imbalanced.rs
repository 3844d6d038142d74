//! Imbalanced classification: credit card fraud detection. One transaction of a hundred is a fraud, and class weights keep the
//! network from saying "none". Made-up transactions.

use keras_core::prelude::*;
use keras_core::training::metrics::{FalseNegatives, FalsePositives};
use ndarray::{Array2, Axis};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Ten numbers of each transaction, and whether it is a fraud.
fn transactions(n: usize, seed: u64) -> (Array2<f32>, Array2<u8>) {
    let mut rng = keras_examples::rng(seed);
    let fraud = Array2::from_shape_fn((n, 1), |_| u8::from(rng.random_range(0..100) == 0));
    let x = Array2::from_shape_fn((n, 10), |(i, j)| {
        let noise: f32 = StandardNormal.sample(&mut rng);
        let shift = if fraud[[i, 0]] == 1 && j < 4 { 1.6 } else { 0.0 };
        30.0 + 5.0 * (noise + shift)
    });
    (x, fraud)
}

pub fn run() -> keras_core::Result<String> {
    let (mut x, y) = transactions(12_000, 1);
    let (mut test_x, test_y) = transactions(4_000, 2);
    let (mean, std) = (x.mean_axis(Axis(0)).expect("rows"), x.std_axis(Axis(0), 0.0));
    x = (x - &mean) / &std;
    test_x = (test_x - &mean) / &std;
    let frauds = y.iter().filter(|y| **y == 1).count();
    let (weight_for_0, weight_for_1) = (1.0 / (y.len() - frauds) as f64, 1.0 / frauds as f64);
    let mut model = model!(
        Input(shape = (10,))
            => Dense(64, activation = "relu")
            => Dense(64, activation = "relu")
            => Dropout(0.3)
            => Dense(64, activation = "relu")
            => Dropout(0.3)
            => Dense(1, activation = "sigmoid")
    )
    .compile(
        Adam::new(1e-2),
        BinaryCrossentropy::new(),
        (FalseNegatives::new(), FalsePositives::new(), Precision::new(), Recall::new()),
    );
    model
        .fit(&x, &y)
        .batch_size(2048)
        .epochs(30)
        .class_weight([(0, weight_for_0), (1, weight_for_1)])
        .verbose(0)
        .run()?;
    let result = model.evaluate(&test_x, &test_y).verbose(0).run()?;
    assert!(result["recall"] > 0.75, "{result}");
    Ok(format!(
        "of {} frauds among {} new transactions {:.0} % are found; {:.0} false alarms",
        test_y.iter().filter(|y| **y == 1).count(),
        test_y.len(),
        100.0 * result["recall"],
        result["false_positives"]
    ))
}
