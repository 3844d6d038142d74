//! Grad-CAM class activation visualization: which part of an image speaks for the class, by the gradient of its score by the
//! last convolution's output. Keras makes a second model of both outputs for it; here `layer_gradients` gives both. Made-up
//! images: a cross or a ring in one of four quarters, on noise.

use keras_core::prelude::*;
use ndarray::{Array1, Array4, Axis};
use rand::RngExt;

const SIDE: usize = 24;

model! {
    pub struct Network {
        Input((SIDE, SIDE, 1))
            => Conv2D(16, 3, activation = "relu", padding = "same")
            => MaxPooling2D()
            => Conv2D(16, 3, activation = "relu", padding = "same", name = "last_conv")
            => GlobalAveragePooling2D()
            => Dense(2)
    }
}

/// Images, 0 for a cross and 1 for a ring, and the quarter in which it is.
fn marks(n: usize, seed: u64) -> (Array4<f32>, Array1<u8>, Vec<(usize, usize)>) {
    let mut rng = keras_examples::rng(seed);
    let classes = Array1::from_shape_fn(n, |_| rng.random_range(0..2u8));
    let quarters: Vec<_> = (0..n).map(|_| (rng.random_range(0..2), rng.random_range(0..2))).collect();
    let images = Array4::from_shape_fn((n, SIDE, SIDE, 1), |(i, row, column, _)| {
        let middle = |quarter: usize| (quarter * SIDE / 2 + SIDE / 4) as f32 - 0.5;
        let down = (row as f32 - middle(quarters[i].0)).abs();
        let across = (column as f32 - middle(quarters[i].1)).abs();
        let ring = (down.hypot(across) - 3.0).abs() < 0.8;
        let cross = down.min(across) < 0.8 && down.max(across) < 4.0;
        f32::from(u8::from(if classes[i] == 0 { cross } else { ring })) + rng.random_range(-0.3..0.3)
    });
    (images, classes, quarters)
}

pub fn run() -> keras_core::Result<String> {
    let (x, y, _) = marks(600, 1);
    let (test_x, test_y, quarters) = marks(100, 2);
    let mut model = Network::new().compile(
        Adam::new(5e-3),
        SparseCategoricalCrossentropy::new().from_logits(true),
        ["accuracy"],
    );
    model.fit(&x, &y).epochs(12).verbose(0).run()?;
    let accuracy = model.evaluate(&test_x, &test_y).verbose(0).run()?["accuracy"];

    let (maps, gradients) = model.layer_gradients("last_conv", &test_x, |scores| ops::max(&scores[0], -1))?;
    let shape = (test_x.dim().0, SIDE / 2, SIDE / 2, 16);
    let maps = Array4::from_shape_vec(shape, maps.to_vec()?).expect("the maps of the layer");
    let gradients = Array4::from_shape_vec(shape, gradients.to_vec()?).expect("as the maps");
    // Every channel counts as much as the mean gradient by it; what speaks against the class is left out.
    let pooled = gradients.mean_axis(Axis(1)).and_then(|g| g.mean_axis(Axis(1))).expect("pixels");
    let mut hit = 0;
    for (i, (row, column)) in quarters.iter().enumerate() {
        let heatmap = maps.index_axis(Axis(0), i).map_axis(Axis(2), |map| map.dot(&pooled.row(i)).max(0.0));
        let half = SIDE / 4;
        let heat = |r: usize, c: usize| {
            heatmap.slice(ndarray::s![r * half..(r + 1) * half, c * half..(c + 1) * half]).sum()
        };
        let here = heat(*row, *column);
        hit += usize::from((0..2).all(|r| (0..2).all(|c| heat(r, c) <= here)));
    }
    assert!(accuracy > 0.9 && hit > 85, "{accuracy} {hit}");
    Ok(format!(
        "{:.0} % right; of {} images, {hit} are hottest in the quarter with the mark",
        100.0 * accuracy,
        quarters.len()
    ))
}
