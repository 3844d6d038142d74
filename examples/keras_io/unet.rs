//! Image segmentation with a U-Net-like architecture: a class for every pixel. Made-up images: a disc and a square on noise.

use keras_core::prelude::*;
use ndarray::{Array3, Array4};
use rand::RngExt;

const SIDE: usize = 32;

model! {
    pub struct UNet {
        let inputs = Input((SIDE, SIDE, 1));
        let mut x = inputs => Conv2D(8, 3, strides = 2, padding = "same");
        x = x => BatchNormalization();
        x = x => Activation("relu");
        let mut previous_block_activation = x;
        for filters in [16, 32] {
            x = x => Activation("relu");
            x = x => SeparableConv2D(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => Activation("relu");
            x = x => SeparableConv2D(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => MaxPooling2D(3, strides = 2, padding = "same");
            let residual = previous_block_activation => Conv2D(filters, 1, strides = 2, padding = "same");
            x = layers.add([x, residual]);
            previous_block_activation = x;
        }
        for filters in [32, 16, 8] {
            x = x => Activation("relu");
            x = x => Conv2DTranspose(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => Activation("relu");
            x = x => Conv2DTranspose(filters, 3, padding = "same");
            x = x => BatchNormalization();
            x = x => UpSampling2D(2);
            let residual = previous_block_activation => UpSampling2D(2);
            let residual = residual => Conv2D(filters, 1, padding = "same");
            x = layers.add([x, residual]);
            previous_block_activation = x;
        }
        x => Conv2D(3, 3, activation = "softmax", padding = "same")
    }
}

/// Images, and for each pixel 0 (ground), 1 (disc) or 2 (square).
fn shapes(n: usize, seed: u64) -> (Array4<f32>, Array3<u8>) {
    let mut rng = keras_examples::rng(seed);
    let mut masks = Array3::zeros((n, SIDE, SIDE));
    for mut mask in masks.outer_iter_mut() {
        for class in [1, 2] {
            let size = rng.random_range(4..8) as f32;
            let mut place = || rng.random_range(size..SIDE as f32 - size);
            let (row, column) = (place(), place());
            for ((i, j), pixel) in mask.indexed_iter_mut() {
                let (down, across) = ((i as f32 - row).abs(), (j as f32 - column).abs());
                if (class == 1 && down.hypot(across) < size) || (class == 2 && down.max(across) < size * 0.8)
                {
                    *pixel = class;
                }
            }
        }
    }
    // Both are equally bright: the outline alone says which is which.
    let images = Array4::from_shape_fn((n, SIDE, SIDE, 1), |(i, row, column, _)| {
        f32::from(u8::from(masks[[i, row, column]] > 0)) + rng.random_range(-0.3..0.3)
    });
    (images, masks)
}

pub fn run() -> keras_core::Result<String> {
    let (x, y) = shapes(400, 1);
    let (test_x, test_y) = shapes(100, 2);
    let mut model = UNet::new().compile(Adam::new(3e-3), SparseCategoricalCrossentropy::new(), ["accuracy"]);
    model.fit(&x, &y).batch_size(8).epochs(12).verbose(0).run()?;
    let accuracy = model.evaluate(&test_x, &test_y).verbose(0).run()?["accuracy"];
    let ground = test_y.iter().filter(|class| **class == 0).count() as f64 / test_y.len() as f64;
    assert!(accuracy > 0.89, "{accuracy}");
    Ok(format!(
        "{:.1} % of pixels of new images; all ground would be {:.1} %",
        100.0 * accuracy,
        100.0 * ground
    ))
}
