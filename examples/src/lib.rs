//! Data for the examples: real where it is free (the folder `data` says where it comes from), else made up, and then the
//! example says so.

use std::f32::consts::PI;
use std::path::PathBuf;

use keras_core::data::npy::Npz;
use ndarray::{Array1, Array2, Array3, Array4};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

/// Handwritten digits, `(samples, 28, 28)` from 0 to 1, and which digit each is.
pub struct Digits {
    /// Where they come from, in words.
    pub source: String,
    /// Images to learn from, `(samples, 28, 28)`.
    pub train_x: Array3<f32>,
    /// Their digits.
    pub train_y: Array1<u8>,
    /// Images to test on.
    pub test_x: Array3<f32>,
    /// Their digits.
    pub test_y: Array1<u8>,
}

/// MNIST from the folder given as the program's first argument; without one, [`small_digits`].
///
/// # Errors
/// The folder does not hold MNIST's four files, or the file of the examples is gone.
pub fn digits() -> keras_core::Result<Digits> {
    if let Some(folder) = std::env::args().nth(1) {
        let ((train_x, train_y), (test_x, test_y)) = keras_core::data::idx::load_mnist(&folder)?;
        let scaled = |images: Array3<u8>| images.mapv(|p| f32::from(p) / 255.0);
        return Ok(Digits {
            source: format!("MNIST from {folder}"),
            train_x: scaled(train_x),
            train_y,
            test_x: scaled(test_x),
            test_y,
        });
    }
    small_digits()
}

/// The 1797 digits of 8x8 pixels of the UCI repository, enlarged to 28x28.
///
/// # Errors
/// The file of the examples is gone.
pub fn small_digits() -> keras_core::Result<Digits> {
    let mut file = Npz::open(data("digits.npz"))?;
    let small: Array3<u8> = file.read("images")?;
    let labels: Array1<u8> = file.read("labels")?;
    let n = labels.len();
    // Each pixel becomes 3x3, with a margin of 2.
    let enlarged = Array3::from_shape_fn((n, 28, 28), |(i, y, x)| {
        let (y, x) = ((y + 1) / 3, (x + 1) / 3);
        let inside = (1..9).contains(&y) && (1..9).contains(&x);
        if inside { f32::from(small[[i, y - 1, x - 1]]) / 16.0 } else { 0.0 }
    });
    let (train, test) = keras_core::data::split_indices(n, 0.2, 1)?;
    Ok(Digits {
        source: format!("{n} digits of the UCI repository, 8x8 pixels enlarged to 28x28"),
        train_x: enlarged.select(ndarray::Axis(0), &train),
        train_y: labels.select(ndarray::Axis(0), &train),
        test_x: enlarged.select(ndarray::Axis(0), &test),
        test_y: labels.select(ndarray::Axis(0), &test),
    })
}

/// The path of a file that comes with the examples.
pub fn data(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "data", name].iter().collect()
}

/// The share of the commonest class: what guessing gets.
pub fn commonest<T: Copy + Into<f64>>(labels: impl IntoIterator<Item = T>) -> f64 {
    let mut counts = std::collections::HashMap::new();
    let mut n = 0.0;
    for label in labels {
        *counts.entry(label.into() as i64).or_insert(0.0) += 1.0;
        n += 1.0;
    }
    counts.values().fold(0.0f64, |m, c| m.max(*c)) / n
}

/// A source of random numbers that is the same in every run.
pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Made-up sequences, `(samples, time, features)`, of `classes` kinds: each kind is a wave of its own
/// speed in features of its own, under noise.
pub fn waves(
    samples: usize,
    time: usize,
    features: usize,
    classes: usize,
    seed: u64,
) -> (Array3<f32>, Array1<u8>) {
    let mut rng = rng(seed);
    let labels: Array1<u8> = (0..samples).map(|_| rng.random_range(0..classes) as u8).collect();
    let phases: Vec<f32> = (0..samples).map(|_| rng.random_range(0.0..2.0 * PI)).collect();
    let x = Array3::from_shape_fn((samples, time, features), |(i, t, f)| {
        let class = usize::from(labels[i]);
        let speed = 0.25 + class as f32 * 0.2;
        let on = f % classes == class || f % 3 == 0;
        let wave = if on { (phases[i] + speed * t as f32 + f as f32).sin() } else { 0.0 };
        let noise: f32 = StandardNormal.sample(&mut rng);
        wave + 0.5 * noise
    });
    (x, labels)
}

/// A made-up time series cut into windows, `(samples, 50, 1)`, and the value that follows each.
pub fn series(samples: usize, seed: u64) -> (Array3<f32>, Array2<f32>) {
    let mut rng = rng(seed);
    let mut x = Array3::zeros((samples, 50, 1));
    let mut y = Array2::zeros((samples, 1));
    for i in 0..samples {
        let (a, b) = (rng.random_range(0.1..0.5f32), rng.random_range(0.0..2.0 * PI));
        let value = |t: usize| (a * t as f32 + b).sin() + 0.3 * (3.1 * a * t as f32).cos();
        for t in 0..50 {
            let noise: f32 = StandardNormal.sample(&mut rng);
            x[[i, t, 0]] = value(t) + 0.05 * noise;
        }
        y[[i, 0]] = value(50);
    }
    (x, y)
}

/// Made-up photos of bytes, `(samples, 64, 64, 3)`: ten kinds of stripes, differing in direction and
/// colour.
pub fn photos(samples: usize, seed: u64) -> (Array4<u8>, Array1<u8>) {
    let mut rng = rng(seed);
    let labels: Array1<u8> = (0..samples).map(|_| rng.random_range(0..10)).collect();
    let phases: Vec<f32> = (0..samples).map(|_| rng.random_range(0.0..2.0 * PI)).collect();
    let images = Array4::from_shape_fn((samples, 64, 64, 3), |(i, y, x, c)| {
        let class = usize::from(labels[i]);
        let angle = PI * (class % 5) as f32 / 5.0;
        let along = x as f32 * angle.cos() + y as f32 * angle.sin();
        let tint = if (class / 5 + c) % 2 == 0 { 1.0 } else { 0.6 };
        let noise: f32 = StandardNormal.sample(&mut rng);
        (128.0 + 80.0 * tint * (along * 0.6 + phases[i]).sin() + 25.0 * noise).clamp(0.0, 255.0) as u8
    });
    (images, labels)
}
