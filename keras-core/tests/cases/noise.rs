//! Layers that add noise while training: its distribution, and what a seed fixes.

use keras_core::Result;
use keras_core::model::Value;
use keras_core::tensor::Raw;

use super::super::{python, run_alone};

/// What a layer without weights makes of one tensor while training.
pub(super) fn run(source: &str, x: &[f32], shape: &[usize], step: u64) -> Result<Vec<f32>> {
    let config = python::layer(source).map_err(keras_core::Error::Argument)?;
    let input = Value::new(Raw::from_f32(x.to_vec(), shape)?);
    run_alone(&config, &[input], Some([7, step]))?.remove(0).data.to_vec()
}

fn moments(x: &[f32]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    (mean, (x.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n).sqrt())
}

const N: usize = 40_000;

fn near((mean, deviation): (f64, f64), expected: (f64, f64)) {
    // Five standard errors of either.
    let bound = 5.0 * expected.1 / (N as f64).sqrt();
    assert!(
        (mean - expected.0).abs() < bound && (deviation - expected.1).abs() < bound,
        "{mean} {deviation}"
    );
}

#[test]
fn noise_has_its_mean_and_deviation() -> Result<()> {
    near(moments(&run("GaussianNoise(0.5)", &[3.0; N], &[200, 200], 1)?), (3.0, 0.5));
    near(moments(&run("GaussianDropout(0.2)", &[2.0; N], &[200, 200], 1)?), (2.0, 1.0));
    assert_eq!(run("GaussianNoise(0.0)", &[3.0; 8], &[2, 4], 1)?, [3.0; 8]);
    assert_eq!(run("GaussianDropout(0.0)", &[3.0; 8], &[2, 4], 1)?, [3.0; 8]);
    Ok(())
}

#[test]
fn alpha_dropout_keeps_mean_and_variance() -> Result<()> {
    let x = run("GaussianNoise(1.0)", &[0.0; N], &[200, 200], 2)?;
    let y = run("AlphaDropout(0.3)", &x, &[200, 200], 3)?;
    let (mean, deviation) = moments(&y);
    assert!(mean.abs() < 0.03 && (deviation - 1.0).abs() < 0.03, "{mean} {deviation}");
    // The formula of the paper, in f64.
    let low = -1.7580993408473766_f64;
    let a = (0.7 * (1.0 + 0.3 * low * low)).powf(-0.5);
    let dropped = a * low - a * low * 0.3;
    let count = y.iter().filter(|y| (f64::from(**y) - dropped).abs() < 1e-5).count();
    assert!((11_500..12_500).contains(&count), "{count}");
    let y = run("AlphaDropout(0.5, noise_shape=(None, 1, None))", &[1.0; 600], &[10, 6, 10], 1)?;
    let kept = |sample: usize, step: usize, feature: usize| y[sample * 60 + step * 10 + feature] > 0.0;
    assert!((0..100).all(|i| (1..6).all(|step| kept(i / 10, step, i % 10) == kept(i / 10, 0, i % 10))));
    assert!((0..100).any(|i| kept(i / 10, 0, i % 10)) && !(0..100).all(|i| kept(i / 10, 0, i % 10)));
    Ok(())
}

#[test]
fn spatial_dropout_drops_whole_channels_of_volumes() -> Result<()> {
    let y = run("SpatialDropout3D(0.5)", &[1.0; 1600], &[10, 2, 2, 2, 20], 1)?;
    let channel = |i: usize| y[i / 160 * 160 + i % 20];
    assert!((0..1600).all(|i| y[i] == channel(i) && (y[i] == 0.0 || y[i] == 2.0)));
    let dropped = (0..1600).filter(|i| y[*i] == 0.0).count();
    assert!((500..1100).contains(&dropped), "{dropped}");
    assert_eq!(run("SpatialDropout3D(1.0)", &[1.0; 16], &[1, 2, 2, 2, 2], 1)?, [0.0; 16]);
    let y = run("SpatialDropout3D(0.5, data_format='channels_first')", &[1.0; 1600], &[10, 20, 2, 2, 2], 1)?;
    assert!((0..1600).all(|i| y[i] == y[i / 8 * 8]));
    Ok(())
}

#[test]
fn a_seed_fixes_the_noise_of_a_step() -> Result<()> {
    for class in ["GaussianNoise", "GaussianDropout", "AlphaDropout"] {
        let seeded = format!("{class}(0.5, seed=3)");
        let run = |source: &str, step| run(source, &[1.0; 64], &[8, 8], step);
        assert_eq!(run(&seeded, 4)?, run(&seeded, 4)?);
        assert_ne!(run(&seeded, 4)?, run(&seeded, 5)?);
        assert_ne!(run(&seeded, 4)?, run(&format!("{class}(0.5, seed=4)"), 4)?);
        assert_ne!(run(&seeded, 4)?, run(&format!("{class}(0.5)"), 4)?);
    }
    Ok(())
}
