//! A convolutional autoencoder for denoising images. Real handwritten digits under made-up noise.

use keras_core::prelude::*;
use ndarray::Array4;
use rand_distr::{Distribution, Normal};

use crate::data::digits;

fn noisy(x: &Array4<f32>, seed: u64) -> Array4<f32> {
    let (mut rng, normal) = (keras_examples::rng(seed), Normal::new(0.0, 0.4).expect("a deviation"));
    x.mapv(|pixel| (pixel + normal.sample(&mut rng)).clamp(0.0, 1.0))
}

pub fn run() -> keras_core::Result<String> {
    let data = digits()?;
    let (train, test) = (noisy(&data.train_x, 1), noisy(&data.test_x, 2));
    let autoencoder = model!(
        let input = Input(shape = (8, 8, 1));
        // Encoder
        let x = input => Conv2D(32, (3, 3), activation = "relu", padding = "same");
        let x = x => MaxPooling2D((2, 2), padding = "same");
        let x = x => Conv2D(32, (3, 3), activation = "relu", padding = "same");
        let x = x => MaxPooling2D((2, 2), padding = "same");
        // Decoder
        let x = x => Conv2DTranspose(32, (3, 3), strides = 2, activation = "relu", padding = "same");
        let x = x => Conv2DTranspose(32, (3, 3), strides = 2, activation = "relu", padding = "same");
        x => Conv2D(1, (3, 3), activation = "sigmoid", padding = "same")
    );
    let mut autoencoder = autoencoder.compile(Adam::new(3e-3), BinaryCrossentropy::new(), ());
    autoencoder.fit(&train, &data.train_x).epochs(30).batch_size(64).verbose(0).run()?;
    let error = |x: &Array4<f32>| (x - &data.test_x).mapv(|e| e * e).mean().unwrap_or(f32::NAN);
    let (before, after) = (error(&test), error(&autoencoder.predict(&test)?.to_array()?));
    assert!(after < before / 2.0, "{before} {after}");
    Ok(format!("mean squared error of new digits: {before:.3} with noise, {after:.3} after denoising"))
}
