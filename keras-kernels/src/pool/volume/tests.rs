use proptest::prelude::*;

use super::Pool3d;
use crate::conv3d::tests::numbers;
use crate::simd::of_test::on;

/// What each window covers, as the definition says: pixels of an image, in their order.
fn windows(of: &Pool3d) -> Vec<Vec<usize>> {
    let ([d, h, w], [nz, ny, nx]) = (of.image, of.windows);
    let window = |o: usize| {
        let first = [o / (ny * nx), o / nx % ny, o % nx];
        let inside = |p: &usize| {
            let at = [p / (h * w), p / w % h, p % w];
            (0..3).all(|i| {
                let from = (first[i] * of.stride[i]) as i64 - of.before[i] as i64;
                (from..from + of.window[i] as i64).contains(&(at[i] as i64))
            })
        };
        (0..d * h * w).filter(inside).collect()
    };
    (0..nz * ny * nx).map(window).collect()
}

/// The largest number by the gradient's rule and that of the result: which pixel, and what is given.
fn largest(x: impl Iterator<Item = (usize, f32)> + Clone) -> (usize, f32) {
    let (mut chosen, mut result) = (None::<(usize, f32)>, f32::NEG_INFINITY);
    for (p, x) in x {
        // NaN is passed over for whatever comes next; what is as large as the one before is not taken.
        chosen = match chosen {
            Some((q, y)) if y >= x => Some((q, y)),
            _ => Some((p, x)),
        };
        result = if result.is_nan() || x.is_nan() { f32::NAN } else { result.max(x) };
    }
    (chosen.map_or(0, |(p, _)| p), result)
}

/// Lengths of an axis: image, window, stride, what is before it, windows.
fn axis() -> impl Strategy<Value = [usize; 5]> {
    (1usize..10, 1usize..5, 1usize..5, 0usize..4, 0usize..4).prop_filter_map(
        "every window meets the image",
        |(image, window, stride, before, after)| {
            let room = (image + before + after).checked_sub(window)?;
            let count = room / stride + 1;
            let last = ((count - 1) * stride).saturating_sub(before);
            (before < window && last < image).then_some([image, window, stride, before, count])
        },
    )
}

fn same(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
}

fn near(found: &[f32], wanted: &[f64]) -> bool {
    let sums = wanted.iter().map(|b| Sum { value: *b, size: b.abs() });
    are_sums(found, sums)
}

/// A sum, and that of its terms without their signs.
#[derive(Clone, Copy, Default)]
struct Sum {
    value: f64,
    size: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        self.value += x;
        self.size += x.abs();
    }
}

/// Whether these are the sums, as near as up to some 16 roundings of all of their terms come.
fn are_sums(found: &[f32], wanted: impl Iterator<Item = Sum>) -> bool {
    found.iter().zip(wanted).all(|(a, b)| {
        let (a, same) = (f64::from(*a), a.is_nan() && b.value.is_nan());
        same || a == b.value || (a - b.value).abs() <= 1e-6 * b.size.max(1.0)
    })
}

fn of(axes: [[usize; 5]; 3], batch: usize, channels: usize) -> Pool3d {
    let each = |i: usize| axes.map(|axis| axis[i]);
    Pool3d {
        batch,
        channels,
        image: each(0),
        window: each(1),
        stride: each(2),
        before: each(3),
        windows: each(4),
    }
}

/// Results, which pixels, and both gradients, into memory that holds something.
fn all(of: &Pool3d, x: &[f32], dy: &[f32]) -> ([Vec<f32>; 4], Vec<u32>) {
    let (mut y, mut mean, mut which) = (vec![7.0; dy.len()], vec![7.0; dy.len()], vec![7; dy.len()]);
    let (mut dx, mut dmean) = (vec![7.0; x.len()], vec![7.0; x.len()]);
    of.max(x, &mut y, Some(&mut which));
    of.max_backward(&which, dy, &mut dx);
    of.average(x, &mut mean);
    of.average_backward(dy, &mut dmean);
    let mut alone = vec![7.0; dy.len()];
    of.max(x, &mut alone, None);
    assert!(same(&alone, &y));
    ([y, mean, dx, dmean], which)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn windows_are_as_defined(
        axes in [axis(), axis(), axis()], batch in 0usize..3, c in 0usize..40, twos: bool, set in 0usize..4,
        odd in proptest::collection::vec((0usize..4096, 0usize..7), 0..6),
    ) {
        let axes = if twos { [[6, 2, 2, 0, 3]; 3] } else { axes };
        let of = of(axes, batch, c);
        let mut x: Vec<f32> = numbers(batch * of.x_len(), 1).iter().map(|x| (x * 8.0).round()).collect();
        let dy = numbers(batch * of.y_len(), 2);
        let special = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-45, f32::MAX, -0.0, -f32::NAN];
        if !x.is_empty() {
            let n = x.len();
            odd.iter().for_each(|(place, which)| x[place % n] = special[*which]);
        }
        let ([y, mean, dx, dmean], which) = on(set, || all(&of, &x, &dy));
        let (lx, windows) = (of.x_len(), windows(&of));
        let mut wanted_dx = vec![Sum::default(); x.len()];
        let mut wanted_dmean = wanted_dx.clone();
        for o in 0..dy.len() {
            let (b, window, channel) = (o / of.y_len(), &windows[o % of.y_len() / c], o % c);
            let pixels = window.iter().map(|p| (*p, x[b * lx + p * c + channel]));
            let (at, result) = largest(pixels.clone());
            prop_assert!(same(&[y[o]], &[result]) && which[o] as usize == at, "largest {o} of {of:?}");
            wanted_dx[b * lx + at * c + channel].add(f64::from(dy[o]));
            // A sum in f32 may overflow.
            let sum: f64 = pixels.clone().map(|(_, x)| f64::from(x)).sum::<f64>() / window.len() as f64;
            let huge = pixels.filter(|(_, x)| x.abs() > 1e30).count() > 1;
            let scale = window.len() as f32;
            prop_assert!(huge || near(&[mean[o] / scale], &[sum / f64::from(scale)]), "mean {o} of {of:?}");
            for p in window {
                wanted_dmean[b * lx + p * c + channel].add(f64::from(dy[o]) / window.len() as f64);
            }
        }
        let right = are_sums(&dx, wanted_dx.into_iter()) && are_sums(&dmean, wanted_dmean.into_iter());
        prop_assert!(right, "gradients of {of:?}");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    for axes in [[[32, 2, 2, 0, 16]; 3], [[31, 3, 2, 1, 16]; 3]] {
        let of = of(axes, 3, 37);
        let (x, dy) = (numbers(3 * of.x_len(), 1), numbers(3 * of.y_len(), 2));
        let run = |threads: usize| {
            let _threads = crate::threads::with_threads(threads);
            let (floats, which) = all(&of, &x, &dy);
            (floats.concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>(), which)
        };
        let one = run(1);
        for threads in [2, 3, 7] {
            assert!(run(threads) == one, "{threads} threads");
        }
    }
}

#[test]
#[should_panic(expected = "windows beyond the image")]
fn a_window_beyond_the_image_is_a_panic() {
    let of = of([[1, 1, 1, 0, 1], [1, 1, 1, 0, 1], [4, 2, 2, 0, 3]], 1, 1);
    of.max(&[0.0; 4], &mut [0.0; 3], None);
}
