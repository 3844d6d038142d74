//! Three models of keras.applications with random weights, and the answer of each for one made-up image.
//!
//! `cargo run --release -p keras-examples --features applications --example applications`

use std::time::Instant;

use keras_applications::{DenseNet121, InceptionV3, ResNet50};
use keras_core::prelude::*;

/// Prints what a model costs and how long one image takes.
macro_rules! show {
    ($model:ident, $side:expr) => {{
        let model = $model::new();
        // Not a photograph: waves of three lengths, one for each colour.
        let image: Vec<f32> =
            (0..$side * $side * 3).map(|i| (i as f32 * 0.001 * (1 + i % 3) as f32).sin()).collect();
        model.predict_one(&image)?;
        let start = Instant::now();
        let answer = model.predict_one(&image)?;
        let time = start.elapsed();
        let sum: f32 = answer.iter().sum();
        println!(
            "{}: {} parameters, {time:.0?} an image, {} classes that add up to {sum:.4}",
            stringify!($model),
            model.count_params(),
            answer.len()
        );
    }};
}

fn main() -> keras_core::Result<()> {
    set_random_seed(1);
    show!(ResNet50, 224);
    show!(DenseNet121, 224);
    show!(InceptionV3, 299);
    Ok(())
}
