//! Next-frame video prediction with convolutional LSTMs. Made-up films: two squares that move straight on.

use keras_core::prelude::*;
use ndarray::{Array5, s};
use rand::RngExt;

const SIDE: usize = 16;
const FRAMES: usize = 8;

model! {
    pub struct NextFrame {
        let inp = Input(shape = (None, SIDE, SIDE, 1));
        let x = inp => ConvLSTM2D(filters = 12, kernel_size = (5, 5), padding = "same", return_sequences = true, activation = "relu");
        let x = x => BatchNormalization();
        let x = x => ConvLSTM2D(filters = 12, kernel_size = (3, 3), padding = "same", return_sequences = true, activation = "relu");
        x => Conv3D(filters = 1, kernel_size = (3, 3, 3), activation = "sigmoid", padding = "same")
    }
}

/// Films of one frame more than the model sees.
fn films(n: usize, seed: u64) -> Array5<f32> {
    let mut rng = keras_examples::rng(seed);
    let mut films = Array5::zeros((n, FRAMES + 1, SIDE, SIDE, 1));
    for mut film in films.outer_iter_mut() {
        for _ in 0..2 {
            // Where it begins and how far it goes each time: it stays in the picture.
            let mut way = || match rng.random_range(-1..=1) {
                -1 => (rng.random_range(FRAMES as i32..=SIDE as i32 - 3), -1),
                0 => (rng.random_range(0..=SIDE as i32 - 3), 0),
                _ => (rng.random_range(0..=SIDE as i32 - 3 - FRAMES as i32), 1),
            };
            let ((row, down), (column, across)) = (way(), way());
            for frame in 0..=FRAMES {
                for (i, j) in (0..9).map(|k| (k / 3, k % 3)) {
                    let moved = |at: i32, speed: i32| (at + speed * frame as i32) as usize;
                    film[[frame, moved(row + i, down), moved(column + j, across), 0]] = 1.0;
                }
            }
        }
    }
    films
}

pub fn run() -> keras_core::Result<String> {
    let (train, test) = (films(200, 1), films(40, 2));
    // Each frame is to be foretold from those before it.
    let part =
        |films: &Array5<f32>, from: usize| films.slice(s![.., from..from + FRAMES, .., .., ..]).to_owned();
    let mut model = NextFrame::new().compile(Adam::new(5e-3), BinaryCrossentropy::new(), ());
    model.fit(&part(&train, 0), &part(&train, 1)).batch_size(5).epochs(8).verbose(0).run()?;
    let (seen, next) = (part(&test, 0), part(&test, 1));
    let foretold = model.predict(&seen)?.to_array()?;
    let last = s![.., FRAMES - 1, .., .., ..];
    let error = |frames: &Array5<f32>| {
        (&frames.slice(last) - &next.slice(last)).mapv(|e| e * e).mean().unwrap_or(f32::NAN)
    };
    let (error, baseline) = (error(&foretold), error(&seen));
    assert!(error < baseline / 2.0, "{error} {baseline}");
    Ok(format!("mean squared error of the next frame: {error:.4}; the last frame again: {baseline:.4}"))
}
