//! Made-up data, of the shapes that each workload takes.

use ndarray::{Array, Array2, Dimension, ShapeBuilder};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// Words that a text model knows.
pub const WORDS: usize = 5000;

/// Every workload.
pub const WORKLOADS: [&str; 18] = [
    "lstm",
    "mlp",
    "cnn",
    "convbig",
    "timedist",
    "multi",
    "rnn",
    "lstmbig",
    "gru",
    "bilstm",
    "conv1d",
    "cnnbn",
    "transformer",
    "mobilenet",
    "resnet",
    "unet",
    "convlstm",
    "conv3d",
];

/// Samples in a training step.
pub fn batch(workload: &str) -> usize {
    if workload == "lstmbig" { 64 } else { 32 }
}

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Numbers around 0.
pub fn normal<D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<f32, D> {
    let mut rng = rng(1);
    Array::from_shape_simple_fn(shape, || rng.sample(StandardNormal))
}

/// Numbers from 0 to 1, as pixels are.
pub fn pixels<D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<f32, D> {
    let mut rng = rng(2);
    Array::from_shape_simple_fn(shape, || rng.random())
}

/// Sentences of words from 1 up, a quarter of their length to all of it, then zeros.
pub fn sentences(samples: usize, length: usize) -> Array2<i32> {
    let mut rng = rng(3);
    let mut words = Array2::zeros((samples, length));
    for mut row in words.rows_mut() {
        let true_length = rng.random_range(length.div_ceil(4)..=length);
        row.iter_mut().take(true_length).for_each(|word| *word = rng.random_range(1..WORDS as i32));
    }
    words
}

/// One-hot classes.
pub fn classes(samples: usize, classes: usize) -> Array2<f32> {
    let mut rng = rng(4);
    let mut y = Array2::zeros((samples, classes));
    for mut row in y.rows_mut() {
        row[rng.random_range(0..classes)] = 1.0;
    }
    y
}

/// Yes or no for each sample.
pub fn answers(samples: usize) -> Array2<f32> {
    masks((samples, 1))
}

/// Yes or no for each pixel.
pub fn masks<D: Dimension>(shape: impl ShapeBuilder<Dim = D>) -> Array<f32, D> {
    let mut rng = rng(5);
    Array::from_shape_simple_fn(shape, || f32::from(rng.random::<bool>()))
}
