use proptest::prelude::*;

use super::{rms_norm, rms_norm_backward};
use crate::conv3d::tests::numbers;
use crate::simd::of_test::on;

/// Result, gradient of the input and of the scale in double precision, and how large terms of the second are.
fn defined(x: &[f32], scale: &[f32], epsilon: f32, dy: &[f32]) -> ([Vec<f64>; 3], f64) {
    let n = scale.len();
    let wide = |x: &[f32]| x.iter().map(|x| f64::from(*x)).collect::<Vec<f64>>();
    let (scale, mut dscale) = (wide(scale), vec![0.0; n]);
    let (mut y, mut dx, mut largest) = (vec![], vec![], 0.0f64);
    for (x, dy) in x.chunks(n.max(1)).zip(dy.chunks(n.max(1))) {
        let (x, dy) = (wide(x), wide(dy));
        let mean = x.iter().map(|x| x * x).sum::<f64>() / n as f64 + f64::from(epsilon);
        let inverse = 1.0 / mean.sqrt();
        let dot: f64 = (0..n).map(|i| dy[i] * scale[i] * x[i]).sum();
        for i in 0..n {
            y.push(x[i] * inverse * scale[i]);
            largest = largest.max((dy[i] * scale[i] * inverse).abs());
            dx.push(dy[i] * scale[i] * inverse - x[i] * dot * inverse / mean / n as f64);
            dscale[i] += dy[i] * x[i] * inverse;
        }
    }
    ([y, dx, dscale], largest)
}

/// Those of the kernel, into memory that holds something.
fn found(x: &[f32], scale: &[f32], epsilon: f32, dy: &[f32]) -> [Vec<f32>; 3] {
    let rows = if scale.is_empty() { 0 } else { x.len() / scale.len() };
    let (mut y, mut dx, mut dscale) = (vec![7.0; x.len()], vec![7.0; x.len()], vec![7.0; scale.len()]);
    let mut saved = vec![7.0; rows];
    rms_norm(x, scale, epsilon, &mut y, &mut saved);
    rms_norm_backward(x, scale, &saved, dy, Some(&mut dx), &mut dscale);
    let mut alone = vec![7.0; scale.len()];
    rms_norm_backward(x, scale, &saved, dy, None, &mut alone);
    assert!(alone.iter().zip(&dscale).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()));
    [y, dx, dscale]
}

fn close(found: &[f32], wanted: &[f64], terms: f64) -> bool {
    let largest = wanted.iter().fold(terms.max(1e-37), |a, b| a.max(b.abs()));
    found.iter().zip(wanted).all(|(a, b)| (f64::from(*a) - b).abs() <= 1e-5 * largest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn rows_are_as_defined(
        rows in 0usize..40, n in prop_oneof![0usize..70, 500usize..600], size in -18i32..18, set in 0usize..4,
        epsilon in prop_oneof![Just(1e-6f32), Just(1e-3), Just(0.5)],
    ) {
        // Of any size whose square is a number.
        let x: Vec<f32> = numbers(rows * n, 1).iter().map(|x| x * 10f32.powi(size)).collect();
        let (scale, dy) = (numbers(n, 2), numbers(rows * n, 3));
        let (wanted, terms) = defined(&x, &scale, epsilon, &dy);
        let got = on(set, || found(&x, &scale, epsilon, &dy));
        for (what, (got, wanted)) in ["y", "dx", "dscale"].iter().zip(got.iter().zip(&wanted)) {
            let terms = if *what == "dx" { terms } else { 0.0 };
            prop_assert!(close(got, wanted, terms), "{what} of {rows} rows of {n}, {size}, {epsilon}");
        }
    }
}

#[test]
fn what_leaves_the_range_is_as_in_keras() {
    let scale = [1.0, 2.0, 0.5];
    for set in 0..4 {
        let run = |x: [f32; 3]| on(set, || found(&x, &scale, 1e-6, &[1.0, 1.0, 1.0]));
        // The squares overflow: divided by infinity.
        assert_eq!(run([1e30, 1.0, -1e-30])[0], [0.0, 0.0, -0.0]);
        assert_eq!(run([1e30, 1.0, -1e-30])[1], [0.0; 3]);
        // They vanish: divided by the root of epsilon.
        let [y, dx, _] = run([1e-30, -1e-40, 0.0]);
        assert!((f64::from(y[0]) / 1e-27 - 1.0).abs() < 1e-5 && y[2] == 0.0, "{y:?}");
        assert!((y[1] + 2e-37).abs() < 1e-41, "{y:?}");
        assert!(dx.iter().zip(scale).all(|(d, s)| (d / (1e3 * s) - 1.0).abs() < 1e-5), "{dx:?}");
        // Infinity divided by infinity.
        let y = &run([f32::INFINITY, 1.0, -2.0])[0];
        assert!(y[0].is_nan() && y[1] == 0.0 && y[2] == 0.0, "{y:?}");
        assert!(run([f32::NAN, 1.0, -2.0])[0].iter().all(|y| y.is_nan()));
    }
}

#[test]
fn what_is_no_number_stays_in_its_row() {
    for odd in [f32::NAN, f32::INFINITY, f32::MAX] {
        for (set, n) in (0..4).flat_map(|set| [1, 5, 16, 67].map(|n| (set, n))) {
            let (scale, dy, mut x) = (numbers(n, 2), numbers(20 * n, 3), numbers(20 * n, 1));
            let plain = on(set, || found(&x, &scale, 1e-6, &dy));
            x[3 * n + n / 2] = odd;
            let changed = on(set, || found(&x, &scale, 1e-6, &dy));
            for i in (0..2).flat_map(|i| (0..20 * n).map(move |at| (i, at))) {
                let same = plain[i.0][i.1].to_bits() == changed[i.0][i.1].to_bits();
                assert!(same || i.1 / n == 3, "{odd} {i:?}");
            }
        }
    }
}

#[test]
fn equal_threads_give_equal_bits() {
    let (n, rows) = (67, 4000);
    let (x, scale, dy) = (numbers(rows * n, 1), numbers(n, 2), numbers(rows * n, 3));
    let (wanted, _) = defined(&x, &scale, 1e-6, &dy);
    for threads in [1, 2, 3, 7] {
        let run = || {
            let _threads = crate::threads::with_threads(threads);
            found(&x, &scale, 1e-6, &dy)
        };
        let (a, b) = (run(), run());
        assert!(a.concat().iter().zip(b.concat()).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert!(a.iter().zip(&wanted).all(|(a, wanted)| close(a, wanted, 0.0)), "{threads} threads");
    }
}
