//! How weights begin: [Keras's initialisers](https://keras.io/api/layers/initializers/).

use keras_shape::{Axes, Distribution, FanMode, Initializer, SpectralScaling, SpectralSide, WeightSpec};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution as _, StandardNormal};

use windows::samples;

mod windows;

/// The standard deviation of a normal distribution cut at two standard deviations.
const TRUNCATED_STDDEV: f64 = 0.879_625_661_034_239_8;

/// The first numbers of a weight, row by row. An initialiser with a seed of its own ignores `rng`.
pub fn initialize(spec: &WeightSpec, shape: &[usize], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut values = draw(&spec.initializer, shape, rng);
    if spec.unit_forget_bias {
        // Gates stand in the order input, forget, cell, output.
        let units = values.len() / 4;
        values[units..2 * units].fill(1.0);
    }
    values
}

fn draw(initializer: &Initializer, shape: &[usize], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let n: usize = shape.iter().product();
    let mut own;
    let rng = match seed_of(initializer) {
        Some(seed) => {
            own = ChaCha8Rng::seed_from_u64(seed);
            &mut own
        }
        None => rng,
    };
    let scaled = |scale, mode, distribution, rng: &mut ChaCha8Rng| {
        variance_scaling(shape, fans(shape), scale, mode, distribution, rng)
    };
    match *initializer {
        Initializer::Zeros => vec![0.0; n],
        Initializer::Ones => vec![1.0; n],
        Initializer::Constant(value) => vec![value as f32; n],
        Initializer::RandomNormal { mean, stddev, .. } => fill(n, || mean + stddev * normal(rng)),
        Initializer::RandomUniform { minval, maxval, .. } => fill(n, || uniform(rng, minval, maxval)),
        Initializer::TruncatedNormal { mean, stddev, .. } => fill(n, || mean + stddev * truncated(rng)),
        Initializer::VarianceScaling { scale, mode, distribution, input_axes, output_axes, .. } => {
            let fans = match (input_axes, output_axes) {
                (Some(input), Some(output)) => (along(shape, input), along(shape, output)),
                _ => fans(shape),
            };
            variance_scaling(shape, fans, scale, mode, distribution, rng)
        }
        Initializer::GlorotUniform { .. } => scaled(1.0, FanMode::FanAvg, Distribution::Uniform, rng),
        Initializer::GlorotNormal { .. } => scaled(1.0, FanMode::FanAvg, Distribution::TruncatedNormal, rng),
        Initializer::HeUniform { .. } => scaled(2.0, FanMode::FanIn, Distribution::Uniform, rng),
        Initializer::HeNormal { .. } => scaled(2.0, FanMode::FanIn, Distribution::TruncatedNormal, rng),
        Initializer::LecunUniform { .. } => scaled(1.0, FanMode::FanIn, Distribution::Uniform, rng),
        Initializer::LecunNormal { .. } => scaled(1.0, FanMode::FanIn, Distribution::TruncatedNormal, rng),
        Initializer::Orthogonal { gain, .. } => orthogonal(shape, gain, rng),
        Initializer::Identity { gain } => identity(shape, gain),
        Initializer::STFT { side, window, scaling, periodic } => {
            fourier(shape, side, window.map(|window| samples(window, shape[0], periodic)), scaling)
        }
    }
}

fn seed_of(initializer: &Initializer) -> Option<u64> {
    match *initializer {
        Initializer::RandomNormal { seed, .. }
        | Initializer::RandomUniform { seed, .. }
        | Initializer::TruncatedNormal { seed, .. }
        | Initializer::VarianceScaling { seed, .. }
        | Initializer::GlorotUniform { seed }
        | Initializer::GlorotNormal { seed }
        | Initializer::HeUniform { seed }
        | Initializer::HeNormal { seed }
        | Initializer::LecunUniform { seed }
        | Initializer::LecunNormal { seed }
        | Initializer::Orthogonal { seed, .. } => seed,
        Initializer::Zeros
        | Initializer::Ones
        | Initializer::Constant(_)
        | Initializer::Identity { .. }
        | Initializer::STFT { .. } => None,
    }
}

/// Cosines or sines of each frequency, `(samples, 1, frequencies)`.
fn fourier(
    shape: &[usize],
    side: SpectralSide,
    window: Option<Vec<f64>>,
    scaling: Option<SpectralScaling>,
) -> Vec<f32> {
    let [frames, _, frequencies] = *shape else { return vec![0.0; shape.iter().product()] };
    let scale = match (&window, scaling) {
        (Some(window), Some(SpectralScaling::Density)) => window.iter().map(|w| w * w).sum::<f64>().sqrt(),
        (Some(window), Some(SpectralScaling::Spectrum)) => window.iter().map(|w| w.abs()).sum(),
        _ => 1.0,
    };
    let length = 2 * frequencies.saturating_sub(1);
    let mut all = Vec::with_capacity(frames * frequencies);
    for time in 0..frames {
        let weight = window.as_ref().map_or(1.0, |window| window[time] / scale);
        for frequency in 0..frequencies {
            // Whole turns change nothing, and large angles are not exact.
            let turns = (time * frequency % length.max(1)) as f64 / length.max(1) as f64;
            let angle = -2.0 * core::f64::consts::PI * turns;
            let wave = if side == SpectralSide::Real { angle.cos() } else { angle.sin() };
            all.push((wave * weight) as f32);
        }
    }
    all
}

fn fill(n: usize, mut next: impl FnMut() -> f64) -> Vec<f32> {
    (0..n).map(|_| next() as f32).collect()
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Normal, drawn again beyond two standard deviations.
fn truncated(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let x = normal(rng);
        if x.abs() <= 2.0 {
            return x;
        }
    }
}

fn uniform(rng: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// The inputs and outputs of a weight, Keras's `compute_fans`: the window of a convolution counts
/// for both.
fn fans(shape: &[usize]) -> (f64, f64) {
    match *shape {
        [] => (1.0, 1.0),
        [n] => (n as f64, n as f64),
        [i, o] => (i as f64, o as f64),
        [ref window @ .., i, o] => {
            let window: usize = window.iter().product();
            ((i * window) as f64, (o * window) as f64)
        }
    }
}

/// The product of the lengths of some axes, negative ones counted from the end.
fn along(shape: &[usize], axes: Axes) -> f64 {
    let at = |axis: isize| {
        if axis < 0 { shape.len().checked_add_signed(axis) } else { usize::try_from(axis).ok() }
    };
    let lengths = axes.list.iter().filter_map(|axis| shape.get(at(*axis)?));
    lengths.map(|length| *length as f64).product()
}

fn variance_scaling(
    shape: &[usize],
    (fan_in, fan_out): (f64, f64),
    scale: f64,
    mode: FanMode,
    distribution: Distribution,
    rng: &mut ChaCha8Rng,
) -> Vec<f32> {
    let n = shape.iter().product();
    let fan = match mode {
        FanMode::FanIn => fan_in,
        FanMode::FanOut => fan_out,
        FanMode::FanAvg => (fan_in + fan_out) / 2.0,
    };
    let variance = scale / fan.max(1.0);
    match distribution {
        Distribution::TruncatedNormal => {
            let stddev = variance.sqrt() / TRUNCATED_STDDEV;
            fill(n, || stddev * truncated(rng))
        }
        Distribution::UntruncatedNormal => {
            let stddev = variance.sqrt();
            fill(n, || stddev * normal(rng))
        }
        Distribution::Uniform => {
            let limit = (3.0 * variance).sqrt();
            fill(n, || uniform(rng, -limit, limit))
        }
    }
}

/// A matrix of orthonormal rows or columns, whichever are fewer: Gram-Schmidt, twice over for
/// accuracy, on normal vectors. That is uniform over such matrices, as Keras's signed QR is.
fn orthogonal(shape: &[usize], gain: f64, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let columns = shape.last().copied().unwrap_or(1);
    let rows = shape.iter().take(shape.len().saturating_sub(1)).product::<usize>().max(1);
    let (count, width) = (rows.min(columns), rows.max(columns));
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
    while basis.len() < count {
        let mut v: Vec<f64> = (0..width).map(|_| normal(rng)).collect();
        for _ in 0..2 {
            for b in &basis {
                let dot: f64 = v.iter().zip(b).map(|(x, y)| x * y).sum();
                v.iter_mut().zip(b).for_each(|(x, y)| *x -= dot * y);
            }
        }
        let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 1e-6 {
            v.iter_mut().for_each(|x| *x /= norm);
            basis.push(v);
        }
    }
    let mut out = vec![0.0; rows * columns];
    for (i, v) in basis.iter().enumerate() {
        for (j, x) in v.iter().enumerate() {
            let at = if rows >= columns { j * columns + i } else { i * columns + j };
            out[at] = (gain * x) as f32;
        }
    }
    out
}

fn identity(shape: &[usize], gain: f64) -> Vec<f32> {
    let mut out = vec![0.0; shape.iter().product()];
    if let [rows, columns] = *shape {
        for i in 0..rows.min(columns) {
            out[i * columns + i] = gain as f32;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use keras_shape::Shape;

    use super::*;

    fn weight(initializer: Initializer, shape: &[usize], seed: u64) -> Vec<f32> {
        let spec = WeightSpec::new("kernel", Shape::fixed(shape), initializer);
        initialize(&spec, shape, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// Mean and standard deviation.
    fn moments(values: &[f32]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
        let var = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / n;
        (mean, var.sqrt())
    }

    #[test]
    fn moments_are_those_of_the_definition() {
        // (initialiser, standard deviation by Keras's formula, largest magnitude)
        let cases = [
            (Initializer::GlorotUniform { seed: None }, (2.0f64 / 700.0).sqrt(), (6.0f64 / 700.0).sqrt()),
            (
                Initializer::HeNormal { seed: None },
                (2.0f64 / 300.0).sqrt(),
                2.0 * (2.0f64 / 300.0).sqrt() / TRUNCATED_STDDEV,
            ),
            (Initializer::LecunUniform { seed: None }, (1.0f64 / 300.0).sqrt(), (3.0f64 / 300.0).sqrt()),
            (
                Initializer::RandomUniform { minval: -0.05, maxval: 0.05, seed: None },
                0.1 / 12f64.sqrt(),
                0.05,
            ),
        ];
        for (initializer, stddev, limit) in cases {
            let values = weight(initializer, &[300, 400], 3);
            let (mean, found) = moments(&values);
            assert!(mean.abs() < 4.0 * stddev / (120_000f64).sqrt(), "{initializer:?}: mean {mean}");
            assert!((found / stddev - 1.0).abs() < 0.01, "{initializer:?}: {found} for {stddev}");
            let largest = values.iter().fold(0.0f64, |m, x| m.max(f64::from(x.abs())));
            assert!(
                largest <= limit * 1.000_001 && largest > 0.95 * limit,
                "{initializer:?}: {largest} for {limit}"
            );
        }
    }

    #[test]
    fn fans_count_the_window() {
        assert_eq!(fans(&[3, 3, 16, 32]), (144.0, 288.0));
        assert_eq!(fans(&[50, 256]), (50.0, 256.0));
        assert_eq!(fans(&[7]), (7.0, 7.0));
    }

    #[test]
    fn orthogonal_is() {
        for shape in [[5, 12], [12, 5], [4, 4]] {
            let values = weight(Initializer::ORTHOGONAL, &shape, 9);
            let [rows, columns] = shape;
            let at = |i: usize, j: usize| f64::from(values[i * columns + j]);
            let few = rows.min(columns);
            for a in 0..few {
                for b in 0..few {
                    let dot: f64 = if rows >= columns {
                        (0..rows).map(|i| at(i, a) * at(i, b)).sum()
                    } else {
                        (0..columns).map(|j| at(a, j) * at(b, j)).sum()
                    };
                    assert!((dot - f64::from(u8::from(a == b))).abs() < 1e-6, "{shape:?} {a} {b}: {dot}");
                }
            }
        }
    }

    #[test]
    fn a_seed_decides_alone() {
        let seeded = Initializer::GlorotUniform { seed: Some(4) };
        assert_eq!(weight(seeded, &[3, 3], 1), weight(seeded, &[3, 3], 2));
        let free = Initializer::GlorotUniform { seed: None };
        assert_ne!(weight(free, &[3, 3], 1), weight(free, &[3, 3], 2));
        assert_eq!(weight(free, &[3, 3], 1), weight(free, &[3, 3], 1));
    }

    #[test]
    fn the_forget_gate_begins_open() {
        let mut spec = WeightSpec::new("bias", Shape::fixed(&[8]), Initializer::Zeros);
        spec.unit_forget_bias = true;
        let values = initialize(&spec, &[8], &mut ChaCha8Rng::seed_from_u64(0));
        assert_eq!(values, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
