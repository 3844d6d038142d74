//! Normalisations of numbers that lie far from 0, against sums in double precision: what others got wrong
//! (caffe#3963, pytorch#5410, pytorch#51102, pytorch#40302, burn#5607).

use proptest::prelude::*;

use super::*;

/// Columns of `rows` numbers around these means, `spread` apart.
fn around(means: &[f32], rows: usize, spread: f32) -> Vec<f32> {
    let noise = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0;
    (0..rows * means.len()).map(|i| means[i % means.len()] + spread * noise(i)).collect()
}

/// Mean and variance of each column in double precision.
fn exact(x: &[f32], n: usize) -> Vec<(f64, f64)> {
    let rows = (x.len() / n) as f64;
    (0..n)
        .map(|j| {
            let column = || x.iter().skip(j).step_by(n).map(|x| f64::from(*x));
            let mean = column().sum::<f64>() / rows;
            (mean, column().map(|x| (x - mean) * (x - mean)).sum::<f64>() / rows)
        })
        .collect()
}

#[track_caller]
fn close(what: &str, found: &[f32], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    let scale = wanted.iter().fold(0.0f64, |m, x| m.max(x.abs())).max(1e-30);
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        assert!((f64::from(*f) - w).abs() <= tolerance * scale, "{what}: element {i} is {f}, wanted {w}");
    }
}

/// Half a unit in the last place of a mean, and what rounding the sums adds.
fn step(mean: f32) -> f64 {
    f64::from(mean.abs().max(1.0)) * 7e-8
}

const MEANS: [f32; 5] = [0.0, 100.0, -5e3, 1e5, 1e6];
const GAMMA: [f32; 5] = [0.5, -1.0, 2.0, 1.5, 1.0];
const BETA: [f32; 5] = [0.1, 0.2, -0.3, 0.4, 0.0];

/// The gradient of a column's `x` in double precision.
fn gradient(x: &[f64], dy: &[f64], (mean, variance): (f64, f64), gamma: f64, epsilon: f64) -> Vec<f64> {
    let inv = 1.0 / (variance + epsilon).sqrt();
    let rows = x.len() as f64;
    let hat: Vec<f64> = x.iter().map(|x| (x - mean) * inv).collect();
    let sum = dy.iter().sum::<f64>() / rows;
    let dot = dy.iter().zip(&hat).map(|(d, h)| d * h).sum::<f64>() / rows;
    dy.iter().zip(&hat).map(|(d, h)| gamma * inv * (d - sum - h * dot)).collect()
}

#[test]
fn batches_far_from_zero() {
    const EPSILON: f32 = 1e-3;
    for rows in [2, 3, 7, 40, 1000] {
        let n = MEANS.len();
        let x = around(&MEANS, rows, 1.0);
        let known = exact(&x, n);
        let (mut mean, mut variance) = (vec![0.0; n], vec![0.0; n]);
        moments(&x, &mut mean, &mut variance);
        let (means, variances): (Vec<f64>, Vec<f64>) = known.iter().copied().unzip();
        for j in 0..n {
            // A mean in single precision is off by up to half a unit in its last place, which is then missing in `y`.
            let step = step(MEANS[j]);
            assert!((f64::from(mean[j]) - means[j]).abs() <= step, "{rows}, {j}: {} {}", mean[j], means[j]);
            let allowed = 1e-5 * variances[j] + step * step;
            let (found, wanted) = (f64::from(variance[j]), variances[j]);
            assert!((found - wanted).abs() <= allowed, "{rows}, {j}: variance {found}, wanted {wanted}");
        }
        let mut y = vec![0.0; x.len()];
        normalize(&x, &mean, &variance, Some(&GAMMA), Some(&BETA), EPSILON, &mut y);
        for (i, (x, y)) in x.iter().zip(&y).enumerate() {
            let ((m, v), j) = (known[i % n], i % n);
            let factor = f64::from(GAMMA[j]) / (v + f64::from(EPSILON)).sqrt();
            let wanted = (f64::from(*x) - m) * factor + f64::from(BETA[j]);
            let allowed = step(MEANS[j]) * factor.abs() + 1e-6 * wanted.abs().max(1.0);
            assert!((f64::from(*y) - wanted).abs() <= allowed, "{rows}: {i} is {y}, wanted {wanted}");
        }
        let dy = around(&[0.0; 5], rows, 1.0);
        let (mut dx, mut dgamma, mut dbeta) = (vec![0.0; x.len()], vec![0.0; n], vec![0.0; n]);
        let (gamma, epsilon) = (Some(&GAMMA[..]), EPSILON);
        normalize_backward(
            true,
            &x,
            &mean,
            &variance,
            gamma,
            epsilon,
            &dy,
            Some(&mut dx),
            &mut dgamma,
            &mut dbeta,
        );
        for j in 0..n {
            let column =
                |x: &[f32]| -> Vec<f64> { x.iter().skip(j).step_by(n).map(|x| f64::from(*x)).collect() };
            let wanted =
                gradient(&column(&x), &column(&dy), known[j], f64::from(GAMMA[j]), f64::from(EPSILON));
            let found: Vec<f32> = dx.iter().skip(j).step_by(n).copied().collect();
            // What two rows have for a gradient is small beside its parts.
            for (found, wanted) in found.iter().zip(wanted) {
                let allowed = 4.0 * step(MEANS[j]) + 1e-5;
                assert!((f64::from(*found) - wanted).abs() <= allowed, "{rows}, {j}: {found} {wanted}");
            }
        }
    }
}

#[test]
fn equal_numbers_have_no_variance() {
    for constant in [0.0, 0.1, 100.0, 12_345.678, -1e7, 16_777_217.0, 3.3e9, 1e15] {
        for rows in [1, 2, 3, 9, 31, 1000, 5000] {
            let x = vec![constant; rows * 3];
            let (mut mean, mut variance, mut y) = (vec![9.0; 3], vec![9.0; 3], vec![9.0; rows * 3]);
            moments(&x, &mut mean, &mut variance);
            assert_eq!(mean, [constant; 3], "{rows}");
            normalize(&x, &mean, &variance, None, Some(&BETA[..3]), 1e-3, &mut y);
            assert!(y.chunks(3).all(|y| y == &BETA[..3]), "{constant}, {rows}: {:?}", &y[..3]);
        }
        for width in [1, 2, 3, 7, 16, 100, 1001] {
            let (x, beta) = (vec![constant; 2 * width], vec![0.25; width]);
            let (mut y, mut saved) = (vec![9.0; 2 * width], vec![0.0; 4]);
            layer_norm(&x, None, Some(&beta), 1e-3, &mut y, &mut saved);
            assert!(y.iter().all(|y| *y == 0.25), "{constant}, {width}: {:?}", &y[..1]);
        }
    }
}

#[test]
fn rows_far_from_zero() {
    for mean in [0.0, 100.0, 2000.0, -1e5, 1e6] {
        for width in [4, 16, 33, 100] {
            let x = around(&[mean], 3 * width, 1.0);
            let (mut y, mut saved) = (vec![0.0; x.len()], vec![0.0; 6]);
            layer_norm(&x, None, None, 1e-5, &mut y, &mut saved);
            for (x, y) in x.chunks(width).zip(y.chunks(width)) {
                let (m, v) = exact(x, 1)[0];
                let wanted: Vec<f64> = x.iter().map(|x| (f64::from(*x) - m) / (v + 1e-5).sqrt()).collect();
                close(&format!("{mean}, {width}"), y, &wanted, 1e-6);
            }
        }
    }
}

/// Group normalisation and its gradients in double precision: the result, `dx`, `dgamma`, `dbeta`.
fn grouped(of: &GroupNorm, x: &[f32], gamma: &[f32], beta: &[f32], dy: &[f32]) -> [Vec<f64>; 4] {
    let (n, sample) = (of.channels, x.len() / of.samples);
    let double = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
    let (x, dy, gamma, beta) = (double(x), double(dy), double(gamma), double(beta));
    let (mut y, mut dx, mut dgamma, mut dbeta) =
        (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; n], vec![0.0; n]);
    for s in 0..of.samples {
        for g in 0..of.groups {
            let own = |i: &usize| i % n * of.groups / n == g;
            let at: Vec<usize> = (s * sample..(s + 1) * sample).filter(own).collect();
            let mean = at.iter().map(|i| x[*i]).sum::<f64>() / at.len() as f64;
            let variance = at.iter().map(|i| (x[*i] - mean).powi(2)).sum::<f64>() / at.len() as f64;
            let inverse = 1.0 / (variance + f64::from(of.epsilon)).sqrt();
            let scaled: Vec<f64> = at.iter().map(|i| dy[*i] * gamma[i % n]).collect();
            let hat: Vec<f64> = at.iter().map(|i| x[*i]).collect();
            let gradients = gradient(&hat, &scaled, (mean, variance), 1.0, f64::from(of.epsilon));
            for (i, gradient) in at.into_iter().zip(gradients) {
                let hat = (x[i] - mean) * inverse;
                y[i] = hat * gamma[i % n] + beta[i % n];
                dx[i] = gradient;
                dgamma[i % n] += dy[i] * hat;
                dbeta[i % n] += dy[i];
            }
        }
    }
    [y, dx, dgamma, dbeta]
}

/// The same by the kernel.
fn by_kernel(of: &GroupNorm, x: &[f32], gamma: &[f32], beta: &[f32], dy: &[f32]) -> [Vec<f32>; 4] {
    let mut saved = vec![9.0; 2 * of.samples * of.groups];
    let (mut y, mut dx) = (vec![9.0; x.len()], vec![9.0; x.len()]);
    let (mut dgamma, mut dbeta) = (vec![9.0; gamma.len()], vec![9.0; gamma.len()]);
    of.forward(x, Some(gamma), Some(beta), &mut y, &mut saved);
    of.backward(x, Some(gamma), &saved, dy, Some(&mut dx), &mut dgamma, &mut dbeta);
    [y, dx, dgamma, dbeta]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn groups_are_normalised_as_defined(
        (samples, groups, each, pixels, set) in (1usize..4, 1usize..6, 1usize..24, 1usize..600, 0usize..4),
        mean in prop::sample::select(vec![0.0f32, 1.0, -30.0, 1000.0]),
    ) {
        let channels = groups * each;
        let of = GroupNorm { samples, channels, groups, epsilon: 1e-3 };
        let n = samples * pixels * channels;
        let (x, dy) = (around(&[mean], n, 1.0), around(&[0.1], n, 1.0));
        let (gamma, beta) = (around(&[1.0], channels, 0.5), around(&[0.0], channels, 0.5));
        let wanted = grouped(&of, &x, &gamma, &beta, &dy);
        let found = crate::simd::of_test::on(set, || by_kernel(&of, &x, &gamma, &beta, &dy));
        for (what, (found, wanted)) in ["y", "dx", "dgamma", "dbeta"].iter().zip(found.iter().zip(&wanted)) {
            // A group of one number has no gradient but what rounding leaves.
            let scale = wanted.iter().fold(1.0f64, |most, x| most.max(x.abs()));
            for (found, wanted) in found.iter().zip(wanted) {
                let allowed = (1e-5 + 40.0 * step(mean) + if each * pixels == 1 { 1e-3 } else { 0.0 }) * scale;
                prop_assert!((f64::from(*found) - wanted).abs() <= allowed, "{what} of {of:?} {pixels}: {found} {wanted}");
            }
        }
    }
}

#[test]
fn groups_of_equal_numbers_numbers_that_are_none_and_threads() {
    let of = GroupNorm { samples: 4, channels: 12, groups: 3, epsilon: 1e-3 };
    let beta = vec![0.25; 12];
    for constant in [0.0, 0.1, 12_345.678, -1e7, 16_777_217.0, 1e15] {
        let x = vec![constant; 4 * 300 * 12];
        let (mut y, mut saved) = (vec![9.0; x.len()], vec![0.0; 24]);
        of.forward(&x, None, Some(&beta), &mut y, &mut saved);
        assert!(y.iter().all(|y| *y == 0.25), "{constant}: {}", y[0]);
    }
    let n = 4 * 9000 * 12;
    let (mut x, dy) = (around(&[1.0], n, 1.0), around(&[0.1], n, 1.0));
    let gamma = around(&[1.0], 12, 0.5);
    let run = |threads: usize| {
        let _threads = threads::with_threads(threads);
        by_kernel(&of, &x, &gamma, &beta, &dy).concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let one = run(1);
    assert!([2, 3, 7].into_iter().all(|threads| run(threads) == one));
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        // Sample 1, the group of channels 4 to 7.
        x[9000 * 12 + 5 * 12 + 6] = odd;
        let [y, dx, ..] = by_kernel(&of, &x, &gamma, &beta, &dy);
        for (i, (y, dx)) in y.iter().zip(&dx).enumerate() {
            let own = i / (9000 * 12) == 1 && (4..8).contains(&(i % 12));
            assert_eq!((y.is_nan(), dx.is_nan()), (own, own), "{odd} {i}");
        }
    }
}
