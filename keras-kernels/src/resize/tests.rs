use proptest::prelude::*;

use super::{Axis, Resize};
use crate::conv3d::tests::{close, numbers};
use crate::simd::of_test::on;

/// A matrix `(to, from)` with weights near the diagonal, like those of interpolations, or of chance.
fn matrix(from: usize, to: usize, reach: usize, seed: usize) -> Vec<f32> {
    let mut w = numbers(from * to, seed);
    for (i, w) in w.iter_mut().enumerate() {
        let (at, j) = (i / from * from / to, i % from);
        if at.abs_diff(j) > reach {
            *w = 0.0;
        }
    }
    w
}

/// The sums as they are defined.
fn defined(x: &[f32], [h, h2, w, w2, c]: [usize; 5], down: &[f32], along: &[f32]) -> Vec<f64> {
    let batch = x.len() / (h * w * c).max(1);
    let mut y = vec![0.0; batch * h2 * w2 * c];
    for (i, y) in y.iter_mut().enumerate() {
        let [sample, oy, ox, channel] = [i / (h2 * w2 * c), i / (w2 * c) % h2, i / c % w2, i % c];
        for j in 0..h * w {
            let (iy, ix) = (j / w, j % w);
            let weight = f64::from(down[oy * h + iy]) * f64::from(along[ox * w + ix]);
            *y += weight * f64::from(x[((sample * h + iy) * w + ix) * c + channel]);
        }
    }
    y
}

fn turned(w: &[f32], from: usize, to: usize) -> Vec<f32> {
    (0..from * to).map(|i| w[i % to * from + i / to]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn sums_are_as_defined(
        [h, h2, w, w2] in [1usize..9, 1usize..9, 1usize..12, 1usize..12], c in 1usize..40, batch in 0usize..3,
        reach in 0usize..4, set in 0usize..4,
    ) {
        let (down, along) = (matrix(h, h2, reach, 1), matrix(w, w2, reach, 2));
        let of = Resize::new(c, Axis::of(&down, h, h2), Axis::of(&along, w, w2));
        let (x, dy) = (numbers(batch * h * w * c, 3), numbers(batch * h2 * w2 * c, 4));
        let wanted = defined(&x, [h, h2, w, w2, c], &down, &along);
        let back = defined(&dy, [h2, h, w2, w, c], &turned(&down, h, h2), &turned(&along, w, w2));
        // Whatever lay there before.
        let (mut y, mut dx) = (vec![7.0; dy.len()], vec![7.0; x.len()]);
        on(set, || {
            of.run(&x, &mut y);
            of.turned().run(&dy, &mut dx);
        });
        prop_assert!(close(&y, &wanted), "results of {of:?}");
        prop_assert!(close(&dx, &back), "images of {of:?}");
    }
}

#[test]
fn an_axis_that_stays_changes_no_bit() {
    let x = numbers(2 * 5 * 7 * 3, 1);
    let mut y = vec![7.0; x.len()];
    Resize::new(3, Axis::same(5), Axis::same(7)).run(&x, &mut y);
    assert!(x == y);
}

#[test]
fn numbers_that_are_none_reach_as_far_as_in_a_product() {
    let (down, along) = (matrix(6, 9, 1, 1), matrix(5, 8, 1, 2));
    for odd in [f32::NAN, f32::INFINITY] {
        for set in 0..4 {
            let mut x = numbers(2 * 6 * 5 * 3, 3);
            // Sample 1, channel 2.
            x[90 + 3 * (2 * 5 + 1) + 2] = odd;
            let (mut both, mut one) = (vec![0.0; 2 * 9 * 8 * 3], vec![0.0; 2 * 6 * 8 * 3]);
            on(set, || {
                Resize::new(3, Axis::of(&down, 6, 9), Axis::of(&along, 5, 8)).run(&x, &mut both);
                Resize::new(3, Axis::same(6), Axis::of(&along, 5, 8)).run(&x, &mut one);
            });
            for (i, y) in both.iter().enumerate() {
                assert_eq!(!y.is_finite(), i >= 9 * 8 * 3 && i % 3 == 2, "{i} {y}");
            }
            for (i, y) in one.iter().enumerate() {
                assert_eq!(!y.is_finite(), i / (8 * 3) == 6 + 2 && i % 3 == 2, "{i} {y}");
            }
        }
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let (down, along) = (matrix(60, 90, 1, 1), matrix(50, 80, 2, 2));
    let of = Resize::new(37, Axis::of(&down, 60, 90), Axis::of(&along, 50, 80));
    let x = numbers(3 * 60 * 50 * 37, 3);
    let run = |threads: usize| {
        let _threads = crate::threads::with_threads(threads);
        let (mut y, mut dx) = (vec![0.0; 3 * 90 * 80 * 37], vec![0.0; x.len()]);
        of.run(&x, &mut y);
        of.turned().run(&y, &mut dx);
        [y, dx].concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let one = run(1);
    for threads in [2, 3, 7] {
        assert!(run(threads) == one, "{threads} threads");
    }
}
