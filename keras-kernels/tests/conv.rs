//! Convolutions of every kind against plain loops in f64.

mod common;

use common::{close, close_sums, numbers, on_every_path, wide, with_threads};
use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::threads::{self, entered};
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// A convolution turned round, with bias and activation, is its gradients and what comes after, one by one.
    #[test]
    fn turned_round_it_is_its_gradients(
        batch in 1usize..4, windows in prop::array::uniform2(1usize..7), channels in 1usize..20, filters in 1usize..40,
        kernel in prop::array::uniform2(1usize..5), stride in prop::array::uniform2(1usize..4),
        dilation in 1usize..3, cut in prop::array::uniform2(0usize..3), more in 0usize..2,
        (act, bias, many) in (0usize..4, any::<bool>(), 1usize..4), seed: u64,
    ) {
        let reach = kernel.map(|k| (k - 1) * dilation + 1);
        let whole = [0, 1].map(|i| (windows[i] - 1) * stride[i] + reach[i]);
        let more = [0, 1].map(|i| more.min(stride[i] - 1));
        let cut = [0, 1].map(|i| cut[i].min(reach[i] - 1).min(whole[i] - 1));
        let c = Conv {
            batch, image: [0, 1].map(|i| whole[i] - cut[i] + more[i]), channels, filters, kernel, stride,
            dilation: [dilation; 2], pad_height: [cut[0], 0], pad_width: [cut[1], 0], groups: 1, act: Act::Linear,
            tiles: false,
        };
        prop_assume!(c.output() == windows);
        let act = [Act::Linear, Act::Relu, Act::Sigmoid, Act::Relu6][act];
        let (nx, ny) = (batch * windows[0] * windows[1] * filters, batch * c.image[0] * c.image[1] * channels);
        let (x, w) = (numbers(nx, seed >> 8), numbers(kernel[0] * kernel[1] * channels * filters, (seed >> 8) + 1));
        let (b, dy) = (numbers(channels, (seed >> 8) + 2), numbers(ny, (seed >> 8) + 3));
        on_every_path(|| {
            let _threads = threads::with_threads(many);
            let zeros = vec![0.0; ny];
            let mut y = vec![9.0; ny];
            c.backward(&zeros, &w, &x, &x, ConvGradients { dx: Some(&mut y), ..Default::default() });
            if bias {
                y.iter_mut().zip(b.iter().cycle()).for_each(|(y, b)| *y += b);
            }
            act.forward(&mut y);
            let mut found = vec![9.0; ny];
            c.transposed(&x, &w, bias.then_some(&b[..]), act, &mut found);
            close("y", &found, &wide(&y), 1e-5);
            let (mut dz, mut dx, mut dw) = (vec![9.0; ny], vec![9.0; nx], vec![9.0; w.len()]);
            act.backward(&y, &dy, &mut dz);
            c.forward(&dz, &w, None, &mut dx);
            c.backward(&dz, &w, &x, &x, ConvGradients { dw: Some(&mut dw), ..Default::default() });
            let mut db = vec![0.0f64; channels];
            dz.iter().enumerate().for_each(|(i, d)| db[i % channels] += f64::from(*d));
            let (mut gx, mut gw, mut gb) = (vec![9.0; nx], vec![9.0; w.len()], vec![9.0; channels]);
            let to = ConvGradients { dx: Some(&mut gx), dw: Some(&mut gw), db: Some(&mut gb) };
            c.transposed_backward(&x, &w, (&y, act), &dy, to);
            close("dx", &gx, &wide(&dx), 2e-5);
            close("dw", &gw, &wide(&dw), 2e-4);
            close("db", &gb, &db, 2e-4);
        });
    }
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

/// What a number of a result may be: the sum in f64, that of the magnitudes of its terms, and that of the finite ones.
struct Sums(Vec<f64>, Vec<f64>, Vec<f64>);

impl Sums {
    fn new(n: usize) -> Self {
        Sums(vec![0.0; n], vec![0.0; n], vec![0.0; n])
    }

    fn add(&mut self, i: usize, a: f32, b: f32) {
        let term = f64::from(a) * f64::from(b);
        self.0[i] += term;
        self.1[i] += term.abs();
        if term.is_finite() {
            self.2[i] += term.abs();
        }
    }

    /// Where no term is infinite or NaN the result is near the sum, whatever is next to it; else it is what the sum is.
    fn check(&self, name: &str, got: &[f32]) {
        for (i, ((g, sum), size)) in got.iter().zip(&self.0).zip(&self.1).enumerate() {
            if size.is_finite() && *size > 3e38 {
                // Terms beyond the range of f32: where it overflows depends on the order.
            } else if size.is_finite() {
                let error = (f64::from(*g) - sum).abs();
                assert!(
                    error <= 1e-5 * size + 1e-6,
                    "{name}[{i}]: {g} instead of {sum}, of terms of {size:e}"
                );
            } else if self.2[i] > 3e38 {
                // As f32 the finite terms may be infinite too, and of the other sign.
                assert!(!g.is_finite(), "{name}[{i}]: {g} instead of {sum}");
            } else {
                let same = f64::from(*g) == *sum || (g.is_nan() && sum.is_nan());
                assert!(same, "{name}[{i}]: {g} instead of {sum}");
            }
        }
    }
}

/// Forward and backward against plain sums, with numbers in the way.
fn check_planted(c: Conv, x: &[f32], w: &[f32], dy: &[f32]) {
    let (mut y, mut dx, mut dw) = (Sums::new(dy.len()), Sums::new(x.len()), Sums::new(w.len()));
    meet(&c, |i, k, o| {
        y.add(o, x[i], w[k]);
        dx.add(i, w[k], dy[o]);
        dw.add(k, x[i], dy[o]);
    });
    on_every_path(|| {
        let mut found = vec![9.0; dy.len()];
        c.forward(x, w, None, &mut found);
        y.check("y", &found);
        c.forward(x, &c.prepare(w, None), None, &mut found);
        y.check("y of prepared weights", &found);
        let (mut gx, mut gw) = (vec![9.0; x.len()], vec![9.0; w.len()]);
        c.backward(x, w, &found, dy, ConvGradients { dx: Some(&mut gx), dw: Some(&mut gw), db: None });
        // Around the output's gradient lie zeros as well: what infinite weights make of them is NaN, as in Keras.
        if w.iter().all(|w| w.is_finite()) {
            dx.check("dx", &gx);
        }
        dw.check("dw", &gw);
    });
}

/// Large, infinite or NaN, where sums of a few of them stay in the range of f32.
const PLANTS: [f32; 8] = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e37, -1e37, 1e30, -1e20, 1e12];

/// Convolutions without anything to sum or to make.
#[test]
fn nothing_to_do() {
    let sizes = [0, 1, 3];
    for i in 0..243usize {
        let of = |digit: u32| sizes[i / 3usize.pow(digit) % 3];
        let [batch, h, w, channels, filters] = std::array::from_fn(|digit| of(digit as u32));
        for (kernel, pad) in [([1, 1], 0), ([3, 3], 1), ([3, 2], 0), ([1, 4], 2)] {
            for stride in [1, 2] {
                let c = Conv {
                    batch,
                    image: [h, w],
                    channels,
                    filters,
                    kernel,
                    stride: [stride, 1],
                    dilation: [1, stride],
                    pad_height: [pad, pad],
                    pad_width: [pad, 0],
                    groups: 1,
                    act: Act::Relu,
                    tiles: true,
                };
                check(c, i as u64);
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
    fn a_number_reaches_only_what_sees_it(
        h in 4..9usize, w in 4..20usize, channels in 14..22usize, filters in 14..36usize,
        pads in prop::array::uniform4(0..3usize), kernel in prop::sample::select(vec![[3, 3], [1, 1], [2, 3]]),
        plants in prop::collection::vec((any::<prop::sample::Index>(), 0..PLANTS.len(), 0..3usize), 1..4), seed: u64,
    ) {
        // What infinite weights and gradients make of a border of zeros is NaN, as in Keras, and not in these sums.
        let pads = if plants.iter().any(|plant| plant.2 > 0) { [0; 4] } else { pads };
        let c = Conv {
            batch: 2, image: [h, w], channels, filters, kernel, stride: [1, 1], dilation: [1, 1],
            pad_height: [pads[0], pads[1]], pad_width: [pads[2], pads[3]], groups: 1, act: Act::Linear, tiles: true,
        };
        let n = c.batch * c.output().iter().product::<usize>() * filters;
        let mut all = [
            numbers(2 * h * w * channels, seed >> 8),
            numbers(n, (seed >> 8) + 1),
            numbers(kernel[0] * kernel[1] * channels * filters, (seed >> 8) + 2),
        ];
        for (place, which, to) in &plants {
            let to = &mut all[*to];
            let place = place.index(to.len());
            to[place] = PLANTS[*which];
        }
        let [x, dy, weights] = all;
        check_planted(c, &x, &weights, &dy);
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
