//! Convolutions of every kind against plain loops in f64.

mod common;

use common::{close_sums, numbers, on_every_path, wide, with_threads};
use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::threads::entered;
use proptest::prelude::*;

/// Calls `f(input, weight, output)` with the indices that meet.
fn meet(c: &Conv, mut f: impl FnMut(usize, usize, usize)) {
    let ([h, w], [kh, kw], [oh, ow]) = (c.image, c.kernel, c.output());
    let (cig, cog) = (c.channels / c.groups, c.filters / c.groups);
    for n in 0..c.batch {
        for (oy, ox, ky, kx) in itertools(oh, ow, kh, kw) {
            let y = (oy * c.stride[0] + ky * c.dilation[0]).wrapping_sub(c.pad_height[0]);
            let x = (ox * c.stride[1] + kx * c.dilation[1]).wrapping_sub(c.pad_width[0]);
            if y >= h || x >= w {
                continue;
            }
            for i in 0..cig {
                for o in 0..c.filters {
                    let input = ((n * h + y) * w + x) * c.channels + o / cog * cig + i;
                    f(
                        input,
                        ((ky * kw + kx) * cig + i) * c.filters + o,
                        ((n * oh + oy) * ow + ox) * c.filters + o,
                    );
                }
            }
        }
    }
}

fn itertools(a: usize, b: usize, c: usize, d: usize) -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..a * b * c * d).map(move |i| (i / (b * c * d), i / (c * d) % b, i / d % c, i % d))
}

fn check(c: Conv, seed: u64) {
    let n: usize = c.image.iter().product();
    let x = numbers(c.batch * n * c.channels, seed);
    let w = numbers(c.kernel[0] * c.kernel[1] * c.channels / c.groups * c.filters, seed + 1);
    let b = numbers(c.filters, seed + 2);
    let ny = c.batch * c.output().iter().product::<usize>() * c.filters;
    let dy = numbers(ny, seed + 3);
    let mut want: Vec<f64> = (0..ny).map(|i| f64::from(b[i % c.filters])).collect();
    let mut y_sizes: Vec<f64> = want.iter().map(|b| b.abs()).collect();
    meet(&c, |i, k, o| {
        let term = f64::from(x[i]) * f64::from(w[k]);
        want[o] += term;
        y_sizes[o] += term.abs();
    });
    let (mut dz, mut dz_sizes) = (wide(&dy), wide(&dy));
    for ((y, dz), size) in want.iter_mut().zip(&mut dz).zip(&mut dz_sizes) {
        match c.act {
            Act::Relu => {
                *dz = if *y > 0.0 { *dz } else { 0.0 };
                *size = *dz;
                *y = y.max(0.0);
            }
            Act::Tanh => {
                *y = y.tanh();
                *dz *= 1.0 - *y * *y;
                *size *= 1.0 + *y * *y;
            }
            _ => {}
        }
    }
    let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    let (mut db, mut db_sizes) = (vec![0.0; c.filters], vec![0.0; c.filters]);
    for (i, (d, size)) in dz.iter().zip(&dz_sizes).enumerate() {
        db[i % c.filters] += d;
        db_sizes[i % c.filters] += size.abs();
    }
    let (mut dx_sizes, mut dw_sizes) = (vec![0.0; x.len()], vec![0.0; w.len()]);
    meet(&c, |i, k, o| {
        let (to_x, to_w) = (f64::from(w[k]) * dz[o], f64::from(x[i]) * dz[o]);
        dx[i] += to_x;
        dw[k] += to_w;
        dx_sizes[i] += (f64::from(w[k]) * dz_sizes[o]).abs();
        dw_sizes[k] += (f64::from(x[i]) * dz_sizes[o]).abs();
    });
    if c.tiles {
        // The products of Winograd's tiles are of sums and differences: their magnitudes add up to 2.7 times those of
        // plain sums along each axis, for numbers of one size. What is rounded away seldom grows by more than two.
        [&mut y_sizes, &mut dx_sizes, &mut dw_sizes].into_iter().flatten().for_each(|size| *size *= 2.0);
    }
    // The gradients follow from the true output: what the forward pass rounds away is judged there alone.
    let true_y: Vec<f32> = want.iter().map(|y| *y as f32).collect();
    // Memory of another convolution's weights is used again.
    let mut other = Some(Conv { filters: c.filters * 5, ..c }.prepare(&numbers(5 * w.len(), 1), None));
    on_every_path(|| {
        let mut y = vec![9.0; ny];
        c.forward(&x, &w, Some(&b), &mut y);
        close_sums("y", &y, &want, &y_sizes);
        let (prepared, mut same) = (c.prepare(&w, other.take()), vec![9.0; ny]);
        c.forward(&x, &prepared, Some(&b), &mut same);
        assert_eq!(y, same, "prepared weights");
        other = Some(prepared);
        let (mut gx, mut gw, mut gb) = (vec![9.0; x.len()], vec![9.0; w.len()], vec![9.0; b.len()]);
        let to = ConvGradients { dx: Some(&mut gx), dw: Some(&mut gw), db: Some(&mut gb) };
        c.backward(&x, &w, &true_y, &dy, to);
        close_sums("dx", &gx, &dx, &dx_sizes);
        close_sums("dw", &gw, &dw, &dw_sizes);
        close_sums("db", &gb, &db, &db_sizes);
    });
}

/// Threads that share an image make the numbers of one thread.
#[test]
fn threads_share_an_image() {
    let image = Conv {
        batch: 1,
        image: [25, 22],
        channels: 18,
        filters: 40,
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        pad_height: [1, 1],
        pad_width: [1, 0],
        groups: 1,
        act: Act::Relu,
        tiles: false,
    };
    let cases = [
        image,
        Conv { tiles: true, ..image },
        Conv { batch: 2, stride: [2, 1], dilation: [1, 2], act: Act::Tanh, ..image },
        Conv { groups: 2, ..image },
        // One row: a sequence, and what a kernel of one pixel makes of an image.
        Conv { image: [1, 301], kernel: [1, 5], pad_height: [0, 0], stride: [1, 2], ..image },
        Conv { kernel: [1, 1], pad_height: [0, 0], pad_width: [0, 0], ..image },
    ];
    for c in cases {
        assert!(c.work() / c.batch > 1 << 18, "enough to be shared");
        let n = c.batch * c.image[0] * c.image[1] * c.channels;
        let (x, b) = (numbers(n, 1), numbers(c.filters, 2));
        let w = numbers(c.kernel[0] * c.kernel[1] * c.channels / c.groups * c.filters, 3);
        let run = |threads| {
            with_threads(threads, || {
                let mut y = vec![9.0; c.batch * c.output().iter().product::<usize>() * c.filters];
                entered(true, || c.forward(&x, &w, Some(&b), &mut y));
                y
            })
        };
        let alone = run(1);
        for threads in 2..6 {
            // How many rows a product of tiles has decides how it sums.
            let limit = if c.tiles { 1e-5 } else { 0.0 };
            for (shared, alone) in run(threads).iter().zip(&alone) {
                let off = (shared - alone).abs();
                assert!(off <= limit * alone.abs().max(1.0), "{shared}, {alone}: {threads} threads, {c:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn agrees_with_plain_loops(
        batch in 1..3usize, h in 1..9usize, w in 1..20usize, groups in 1..4usize, cig in 1..5usize, cog in 1..6usize,
        kernel in prop::array::uniform2(1..4usize), stride in prop::array::uniform2(1..4usize),
        dilation in prop::array::uniform2(1..4usize), pads in prop::array::uniform4(0..4usize),
        act in prop::sample::select(vec![Act::Linear, Act::Relu, Act::Tanh]), seed: u64,
    ) {
        let c = Conv {
            batch, image: [h, w], channels: groups * cig, filters: groups * cog, kernel, stride, dilation,
            pad_height: [pads[0], pads[1]], pad_width: [pads[2], pads[3]], groups, act, tiles: false,
        };
        check(c, seed >> 8);
    }

    #[test]
    fn agrees_for_many_filters(
        h in 3..6usize, w in 3..40usize, channels in 1..40usize, filters in 1..80usize, k in 1..4usize,
        stride in 1..3usize, pad in 0..2usize, seed: u64,
    ) {
        let c = Conv {
            batch: 3, image: [h, w], channels, filters, kernel: [k, k], stride: [stride, stride], dilation: [1, 1],
            pad_height: [pad, pad], pad_width: [pad, pad], groups: 1, act: Act::Linear, tiles: false,
        };
        check(c, seed >> 8);
    }

    #[test]
    fn agrees_for_kernels_of_three_by_three(
        h in 4..9usize, w in 4..20usize, channels in 14..36usize, filters in 14..36usize,
        pads in prop::array::uniform4(0..4usize), act in prop::sample::select(vec![Act::Linear, Act::Relu, Act::Tanh]),
        seed: u64,
    ) {
        let c = Conv {
            batch: 2, image: [h, w], channels, filters, kernel: [3, 3], stride: [1, 1], dilation: [1, 1],
            pad_height: [pads[0], pads[1]], pad_width: [pads[2], pads[3]], groups: 1, act, tiles: true,
        };
        check(c, seed >> 8);
    }
}
