//! Image super-resolution using an efficient sub-pixel CNN: convolutions on the small image, and channels become pixels at the
//! end. Made-up images of overlapping discs.

use keras_core::prelude::*;
use ndarray::Array4;
use rand::RngExt;

const SIDE: usize = 24;
const UPSCALE_FACTOR: usize = 2;

model! {
    pub struct Espcn {
        Input(shape = (None, None, 1))
            => Conv2D(32, 5, activation = "relu", kernel_initializer = "orthogonal", padding = "same")
            => Conv2D(32, 3, activation = "relu", kernel_initializer = "orthogonal", padding = "same")
            => Conv2D(16, 3, activation = "relu", kernel_initializer = "orthogonal", padding = "same")
            => Conv2D(4, 3, kernel_initializer = "orthogonal", padding = "same")
            => Lambda(|x| ops::depth_to_space(x, UPSCALE_FACTOR), output_shape = (None, None, 1))
    }
}

/// Large images, and the means of their blocks of four pixels.
fn discs(n: usize, seed: u64) -> (Array4<f32>, Array4<f32>) {
    let mut rng = keras_examples::rng(seed);
    let mut large = Array4::zeros((n, SIDE, SIDE, 1));
    for mut image in large.outer_iter_mut() {
        for _ in 0..6 {
            let (row, column) = (rng.random_range(0.0..SIDE as f32), rng.random_range(0.0..SIDE as f32));
            let (radius, shade) = (rng.random_range(3.0..8.0f32), rng.random_range(0.0..1.0));
            for ((i, j, _), pixel) in image.indexed_iter_mut() {
                let inside = (radius - (i as f32 - row).hypot(j as f32 - column) + 0.5).clamp(0.0, 1.0);
                *pixel += inside * (shade - *pixel);
            }
        }
    }
    let small = Array4::from_shape_fn((n, SIDE / 2, SIDE / 2, 1), |(i, row, column, _)| {
        let block = ndarray::s![i, 2 * row..2 * row + 2, 2 * column..2 * column + 2, 0];
        large.slice(block).mean().unwrap_or(0.0)
    });
    (small, large)
}

fn psnr(a: &Array4<f32>, b: &Array4<f32>) -> f32 {
    -10.0 * (a - b).mapv(|e| e * e).mean().unwrap_or(f32::NAN).log10()
}

pub fn run() -> keras_core::Result<String> {
    let (small, large) = discs(400, 1);
    let (new_small, new_large) = discs(50, 2);
    let mut model = Espcn::new().compile(Adam::new(1e-3), MeanSquaredError::new(), ());
    model.fit(&small, &large).batch_size(8).epochs(15).verbose(0).run()?;
    let bilinear = model!(Input(None, None, 1) => UpSampling2D(2, interpolation = "bilinear"))
        .predict(&new_small)?
        .to_array()?;
    let (ours, bilinear) =
        (psnr(&model.predict(&new_small)?.to_array()?, &new_large), psnr(&bilinear, &new_large));
    assert!(ours > bilinear + 2.0, "{ours} {bilinear}");
    Ok(format!("new images twice as large: {ours:.1} dB; bilinear interpolation {bilinear:.1} dB"))
}
