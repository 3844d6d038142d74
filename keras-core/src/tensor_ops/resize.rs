//! Resizing an axis by a matrix of weights, with pixel centres at half: as `jax.image.resize`, which Keras uses.

use std::f64::consts::PI;

use burn::tensor::Tensor;
use keras_shape::Interpolation;

use crate::Result;
use crate::tensor::Raw;

/// Makes an axis `times` times longer.
///
/// # Errors
/// There is no such axis.
pub fn enlarge(x: &Raw, axis: usize, times: usize, interpolation: Interpolation) -> Result<Raw> {
    if interpolation == Interpolation::Nearest || times == 1 {
        return x.repeat(axis, times);
    }
    let mut shape = x.shape();
    let from = shape.get(axis).copied().unwrap_or(1);
    shape[axis] = from * times;
    let weights =
        Raw::from_f32(weights(from, shape[axis], interpolation), &[1, shape[axis], from], &x.device()?)?;
    let weights: Tensor<3> = weights.float()?;
    Raw::new(weights.matmul(x.around(axis)?.float::<3>()?)).reshape(&shape)
}

/// How much each old pixel gives to each new one: `(to, from)`, for `to >= from`.
fn weights(from: usize, to: usize, interpolation: Interpolation) -> Vec<f32> {
    let mut all = Vec::with_capacity(from * to);
    for new in 0..to {
        let at = (new as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let row: Vec<f64> = (0..from).map(|old| kernel(interpolation, (at - old as f64).abs())).collect();
        let sum: f64 = row.iter().sum();
        let factor = if sum.abs() > 1000.0 * f64::from(f32::EPSILON) { 1.0 / sum } else { 0.0 };
        all.extend(row.iter().map(|weight| (weight * factor) as f32));
    }
    all
}

/// The weight of a pixel at a distance.
fn kernel(interpolation: Interpolation, x: f64) -> f64 {
    let lanczos = |radius: f64| match x {
        _ if x > radius => 0.0,
        _ if x > 1e-3 => radius * (PI * x).sin() * (PI * x / radius).sin() / (PI * PI * x * x),
        _ => 1.0,
    };
    match interpolation {
        Interpolation::Nearest => f64::from(u8::from(x <= 0.5)),
        Interpolation::Bilinear => (1.0 - x).max(0.0),
        Interpolation::Bicubic if x >= 2.0 => 0.0,
        Interpolation::Bicubic if x >= 1.0 => ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0,
        Interpolation::Bicubic => ((1.5 * x - 2.5) * x) * x + 1.0,
        Interpolation::Lanczos3 => lanczos(3.0),
        Interpolation::Lanczos5 => lanczos(5.0),
    }
}
