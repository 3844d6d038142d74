//! Random numbers, numeric gradients and comparisons.
#![allow(dead_code)]

mod numbers;

use std::sync::Mutex;

use keras_kernels::simd::{self, Path};
use keras_kernels::threads;
pub use numbers::{SPECIAL, numbers};

/// As f64.
pub fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|x| f64::from(*x)).collect()
}

/// The gradient of `f` at `x` by central differences.
pub fn numeric(x: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut x = x.to_vec();
    (0..x.len())
        .map(|i| {
            let old = x[i];
            x[i] = old + 1e-5;
            let up = f(&x);
            x[i] = old - 1e-5;
            let down = f(&x);
            x[i] = old;
            (up - down) / 2e-5
        })
        .collect()
}

/// Sum of products.
pub fn dot(a: &[f64], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * f64::from(*b)).sum()
}

#[track_caller]
pub fn close(name: &str, got: &[f32], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len(), "{name}");
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        let error = (f64::from(*g) - w).abs() / w.abs().max(1.0);
        assert!(error < tolerance, "{name}[{i}]: {g} instead of {w}");
    }
}

/// Compares sums of products, where `sizes` has the sums of the magnitudes of their terms. What f32 rounds away grows
/// with those: a few units in the last place of them are no mistake, a missing term is far more.
#[track_caller]
pub fn close_sums(name: &str, got: &[f32], want: &[f64], sizes: &[f64]) {
    assert_eq!((got.len(), got.len()), (want.len(), sizes.len()), "{name}");
    for (i, ((g, w), size)) in got.iter().zip(want).zip(sizes).enumerate() {
        let error = (f64::from(*g) - w).abs();
        let bound = 4.0 * f64::from(f32::EPSILON) * size.max(20.0);
        assert!(error < bound, "{name}[{i}]: {g} instead of {w}, off by {error:e}, more than {bound:e}");
    }
}

/// Held by whoever forces an instruction set or needs that nobody does: the choice is the process's.
static FORCED: Mutex<()> = Mutex::new(());

/// Runs `f` with so many threads, while no other test sets their number or forces an instruction set: others round
/// otherwise.
pub fn with_threads<R>(n: usize, f: impl FnOnce() -> R) -> R {
    let _held = FORCED.lock().unwrap_or_else(|e| e.into_inner());
    threads::set_threads(n);
    let result = f();
    threads::set_threads(0);
    result
}

/// Runs `f` with every instruction set that the machine has.
pub fn on_every_path(mut f: impl FnMut()) {
    let _held = FORCED.lock().unwrap_or_else(|e| e.into_inner());
    for i in 0..Path::all().len() {
        simd::force(Some(i));
        f();
    }
    simd::force(None);
}

/// Puts some of [`SPECIAL`] among ordinary numbers.
pub fn plant(x: &mut [f32], places: &[(usize, usize)]) {
    let n = x.len();
    for (place, which) in places.iter().filter(|_| n > 0) {
        x[place % n] = SPECIAL[which % SPECIAL.len()];
    }
}
