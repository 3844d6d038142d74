use core::ops::Range;

use proptest::prelude::*;

use super::Conv3d;
use crate::simd::of_test::on;

/// The sums as they are defined, in f64: results, gradients of images and of the kernel.
pub(crate) fn defined(of: &Conv3d, x: &[f32], w: &[f32], dy: &[f32]) -> [Vec<f64>; 3] {
    let ([c, f], [d, h, wd], [kd, kh, kw], [od, oh, ow]) = (of.group(), of.image, of.kernel, of.windows);
    let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
    for b in 0..of.batch {
        for o in 0..od * oh * ow {
            let o3 = [o / (oh * ow), o / ow % oh, o % ow];
            for k in 0..kd * kh * kw {
                let k3 = [k / (kh * kw), k / kw % kh, k % kw];
                let at: Vec<i64> = (0..3)
                    .map(|i| (o3[i] * of.stride[i] + k3[i] * of.dilation[i]) as i64 - of.before[i] as i64)
                    .collect();
                if (0..3).any(|i| at[i] < 0 || at[i] >= of.image[i] as i64) {
                    continue;
                }
                let pixel = ((b * d + at[0] as usize) * h + at[1] as usize) * wd + at[2] as usize;
                for j in 0..c * of.filters {
                    let (channel, filter) = (j / of.filters, j % of.filters);
                    let in_x = pixel * of.channels + filter / f * c + channel;
                    let (in_w, in_y) = (k * c * of.filters + j, (b * od * oh * ow + o) * of.filters + filter);
                    y[in_y] += f64::from(x[in_x]) * f64::from(w[in_w]);
                    dx[in_x] += f64::from(dy[in_y]) * f64::from(w[in_w]);
                    dw[in_w] += f64::from(x[in_x]) * f64::from(dy[in_y]);
                }
            }
        }
    }
    [y, dx, dw]
}

pub(crate) fn numbers(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 2_654_435_761 + seed * 97) % 1013) as f32 / 506.5 - 1.0).collect()
}

/// Lengths of an axis: image, kernel, stride, dilation, what is before it, windows.
pub(crate) fn axis() -> impl Strategy<Value = [usize; 6]> {
    fitting(1..14, 1usize..5)
}

/// An axis on which whole rows of a kernel slide along many windows.
pub(crate) fn wide() -> impl Strategy<Value = [usize; 6]> {
    fitting(8..26, prop_oneof![Just(3usize), Just(5), Just(7)])
}

fn fitting(image: Range<usize>, kernel: impl Strategy<Value = usize>) -> impl Strategy<Value = [usize; 6]> {
    (image, kernel, 1usize..4, 1usize..4, 0usize..4, 0usize..4).prop_filter_map(
        "a window fits",
        |(image, kernel, stride, dilation, before, after)| {
            let reach = (kernel - 1) * dilation + 1;
            let room = (image + before + after).checked_sub(reach)?;
            Some([image, kernel, stride, dilation, before, room / stride + 1])
        },
    )
}

pub(crate) fn close(found: &[f32], wanted: &[f64]) -> bool {
    let largest = wanted.iter().fold(1.0f64, |a, b| a.max(b.abs()));
    found.iter().zip(wanted).all(|(a, b)| (f64::from(*a) - b).abs() <= 1e-5 * largest)
}

fn images(of: &Conv3d) -> [Vec<f32>; 3] {
    [numbers(of.batch * of.pixels(), 1), numbers(of.weights(), 2), numbers(of.batch * of.results(), 3)]
}

/// Results and gradients, into memory that holds `before`.
fn all(of: &Conv3d, [x, w, dy]: &[Vec<f32>; 3], before: f32) -> [Vec<f32>; 3] {
    let [mut y, mut dx, mut dw] = [dy, x, w].map(|like| vec![before; like.len()]);
    of.forward(x, w, None, false, &mut y);
    of.images(dy, w, &mut dx);
    of.kernel(x, dy, &mut dw);
    [y, dx, dw]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn sums_are_as_defined(
        [z, y, x] in [axis(), axis(), axis()],
        // Fewer windows than there is room for, and images that reach beyond the last, as under transposed convolutions.
        fewer in [0usize..3, 0usize..3, 0usize..3],
        (batch, flat, set) in (0usize..3, any::<bool>(), 0usize..4),
        (groups, c, f) in (1usize..4, 0usize..20, 0usize..40),
    ) {
        let z = if flat { [1, 1, 1, 1, 0, 1] } else { z };
        let each = |i: usize| [z[i], y[i], x[i]];
        let windows = each(5);
        let of = Conv3d {
            batch, groups, channels: c * groups, filters: f * groups, image: each(0), kernel: each(1), stride: each(2),
            dilation: each(3), before: each(4), windows: core::array::from_fn(|i| windows[i].saturating_sub(fewer[i]).max(1)),
        };
        agrees(&of, set)?;
        let dy = numbers(of.batch * of.results(), 3);
        let mut of_bias = vec![0.0; of.filters];
        dy.iter().enumerate().for_each(|(i, dy)| of_bias[i % of.filters] += f64::from(*dy));
        let mut db = vec![7.0; of.filters];
        on(set, || of.bias(&dy, &mut db));
        prop_assert!(close(&db, &of_bias), "bias of {of:?}");
    }

    /// Images of one channel, with windows side by side.
    #[test]
    fn sums_of_one_channel_are_as_defined(
        (z, y, x) in (axis(), fitting(1..6, 1usize..4), fitting(1..80, 1usize..4)),
        (batch, set, filters) in (1usize..3, 0usize..4, 1usize..40),
    ) {
        let each = |i: usize| [z[i], y[i], x[i]];
        let mut of = Conv3d {
            batch, groups: 1, channels: 1, filters, image: each(0), kernel: each(1), stride: each(2), dilation: each(3),
            before: each(4), windows: each(5),
        };
        of.windows[2] = (of.windows[2] - 1) * of.stride[2] + 1;
        of.stride[2] = 1;
        agrees(&of, set)?;
    }
}

/// Whether results and gradients are the sums as they are defined, by the instruction set at place `set`.
fn agrees(of: &Conv3d, set: usize) -> Result<(), TestCaseError> {
    let given = images(of);
    let wanted = defined_unless_empty(of, &given);
    let b = numbers(of.filters, 4);
    let activated: Vec<f64> =
        wanted[0].iter().zip(b.iter().cycle()).map(|(y, b)| (y + f64::from(*b)).max(0.0)).collect();
    let mut y = vec![7.0; given[2].len()];
    let found = on(set, || {
        of.forward(&given[0], &given[1], Some(&b), true, &mut y);
        all(of, &given, 7.0)
    });
    prop_assert!(close(&y, &activated), "results with a bias of {of:?}");
    for (what, (found, wanted)) in ["results", "images", "kernel"].iter().zip(found.iter().zip(&wanted)) {
        prop_assert!(close(found, wanted), "{what} of {of:?}");
    }
    Ok(())
}

fn defined_unless_empty(of: &Conv3d, [x, w, dy]: &[Vec<f32>; 3]) -> [Vec<f64>; 3] {
    if of.channels * of.filters == 0 {
        return [dy, x, w].map(|like| vec![0.0; like.len()]);
    }
    defined(of, x, w, dy)
}

fn same() -> Conv3d {
    Conv3d {
        batch: 3,
        channels: 9,
        filters: 21,
        image: [5, 9, 11],
        kernel: [3; 3],
        windows: [5, 9, 11],
        stride: [1; 3],
        dilation: [1; 3],
        before: [1; 3],
        groups: 1,
    }
}

#[test]
fn numbers_that_are_none_stay_where_they_are_met() {
    for of in [same(), Conv3d { channels: 1, ..same() }] {
        stay_where_they_are_met(&of);
    }
}

fn stay_where_they_are_met(of: &Conv3d) {
    let c = of.channels;
    for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e38, 1e-40] {
        let mut given = images(of);
        // Sample 1, plane 2, row 4, column 5, the channel in the middle; and a result.
        given[0][(((5 + 2) * 9 + 4) * 11 + 5) * c + c / 2] = odd;
        given[2][(((5 + 2) * 9 + 4) * 11 + 5) * 21 + 17] = odd;
        let [plain, found] = [images(of), given].map(|given| all(of, &given, 0.0));
        for (channels, i) in [(21, 0), (c, 1)] {
            for (at, (a, b)) in plain[i].iter().zip(&found[i]).enumerate() {
                let p = at / channels;
                let near = [(p / 99, 5 + 1..5 + 4), (p / 11 % 9, 3..6), (p % 11, 4..7)];
                let near = near.into_iter().all(|(at, range)| range.contains(&at));
                assert!(near || a.to_bits() == b.to_bits(), "{odd} {i} {at}: {a} {b}");
                assert!(!near || odd.is_finite() || !b.is_finite(), "{odd} {i} {at}: {b}");
            }
        }
        let kernel = found[2].iter().filter(|x| !x.is_finite()).count();
        // The product of both overflows where they meet.
        let wanted = if odd.is_finite() { usize::from(odd > 1.0) } else { 27 * (c + 21 - 1) };
        assert_eq!(kernel, wanted, "{odd}");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    for (kernel, stride, groups, channels) in [
        ([3; 3], [1; 3], 1, 9),
        ([3; 3], [2; 3], 3, 9),
        ([3; 3], [1, 2, 1], 1, 9),
        ([3; 3], [1; 3], 1, 1),
        ([3; 3], [2, 1, 1], 1, 1),
        ([5, 3, 1], [1; 3], 1, 1),
        ([2, 2, 2], [1; 3], 1, 1),
    ] {
        let windows = stride.map(|s| 18 / s);
        let of = Conv3d { image: [18; 3], windows, kernel, stride, groups, channels, ..same() };
        let given = images(&of);
        let run = |threads: usize| {
            let _threads = crate::threads::with_threads(threads);
            all(&of, &given, 0.0).concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
        };
        for set in 0..3 {
            let one = on(set, || run(1));
            for threads in [2, 3, 7] {
                assert!(on(set, || run(threads)) == one, "{threads} threads, {of:?} by set {set}");
            }
        }
    }
}
