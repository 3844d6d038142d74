//! Three models of keras.applications, written with functions and loops, and the answer of each for one made-up image.
//!
//! `cargo run --release --example applications`

mod densenet121;
mod inception_v3;
mod resnet50;

use std::time::Instant;

use keras_core::prelude::*;

use densenet121::DenseNet121;
use inception_v3::InceptionV3;
use resnet50::ResNet50;

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
