//! Timeseries anomaly detection using an autoencoder: what it cannot rebuild is unusual. Made-up daily waves; in those that are
//! tested there are jumps.

use keras_core::prelude::*;
use ndarray::Array3;
use rand::RngExt;

/// Steps of a window.
const STEPS: usize = 96;

model! {
    pub struct Autoencoder {
        Input(shape = (STEPS, 1))
            => Conv1D(filters = 16, kernel_size = 7, padding = "same", strides = 2, activation = "relu")
            => Dropout(rate = 0.2)
            => Conv1D(filters = 8, kernel_size = 7, padding = "same", strides = 2, activation = "relu")
            => Conv1DTranspose(filters = 8, kernel_size = 7, padding = "same", strides = 2, activation = "relu")
            => Dropout(rate = 0.2)
            => Conv1DTranspose(filters = 16, kernel_size = 7, padding = "same", strides = 2, activation = "relu")
            => Conv1DTranspose(filters = 1, kernel_size = 7, padding = "same")
    }
}

/// Windows of a wave, and whether something jumps in each: in every other one, if at all.
fn windows(n: usize, jumps: bool, seed: u64) -> (Array3<f32>, Vec<bool>) {
    let mut rng = keras_examples::rng(seed);
    let mut x = Array3::zeros((n, STEPS, 1));
    let unusual: Vec<bool> = (0..n).map(|i| jumps && i % 2 == 1).collect();
    for i in 0..n {
        let phase = rng.random_range(0.0..std::f32::consts::TAU);
        let jump = rng.random_range(10..STEPS - 20);
        for t in 0..STEPS {
            let wave = (t as f32 * std::f32::consts::TAU / 48.0 + phase).sin();
            let jumped = if unusual[i] && (jump..jump + 6).contains(&t) { 1.5 } else { 0.0 };
            x[[i, t, 0]] = wave + jumped + rng.random_range(-0.1..0.1);
        }
    }
    (x, unusual)
}

pub fn run() -> keras_core::Result<String> {
    let (x, _) = windows(600, false, 1);
    let (test_x, unusual) = windows(200, true, 2);
    let mut model = Autoencoder::new().compile(Adam::new(3e-3), MeanSquaredError::new(), ());
    model.fit(&x, &x).epochs(20).batch_size(64).validation_split(0.1).verbose(0).run()?;
    let errors = |x: &Array3<f32>| -> keras_core::Result<Vec<f32>> {
        let rebuilt = model.predict(x)?.to_array()?;
        Ok((rebuilt - x).outer_iter().map(|error| error.mapv(f32::abs).mean().unwrap_or(0.0)).collect())
    };
    // Unusual is what is rebuilt worse than all that is known.
    let threshold = errors(&x)?.into_iter().fold(0.0, f32::max);
    let found: Vec<bool> = errors(&test_x)?.iter().map(|error| *error > threshold).collect();
    let hits = found.iter().zip(&unusual).filter(|(found, unusual)| **found && **unusual).count();
    let alarms = found.iter().zip(&unusual).filter(|(found, unusual)| **found && !**unusual).count();
    assert!(hits > 80 && alarms < 10, "{hits} {alarms}");
    Ok(format!("of 100 windows with a jump {hits} are found, and {alarms} of 100 without one"))
}
