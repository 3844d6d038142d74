//! A convolution with its normalisation and pooling against its parts.

mod common;

use common::{close, numbers, on_every_path, wide};
use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv_norm::{ConvNorm, Norm, Rectify, Tail};
use keras_kernels::convolved::Convolved;
use keras_kernels::depthwise::Depthwise;
use keras_kernels::norm::{moments, normalize, normalize_backward};
use keras_kernels::pool::Pool;
use keras_kernels::threads;
use proptest::prelude::*;

const EPSILON: f32 = 1e-3;

/// What the parts give one after the other: the output, then the gradients of x, w, b, gamma and beta.
struct Parts {
    /// The normalised numbers, which a rectifier or a maximum decides by.
    normal: Vec<f32>,
    predicted: Vec<f32>,
    y: Vec<f32>,
    gradients: [Vec<f32>; 5],
}

fn act(c: &ConvNorm) -> Act {
    match c.rectify {
        Rectify::No => Act::Linear,
        Rectify::Relu => Act::Relu,
        Rectify::Relu6 => Act::Relu6,
    }
}

/// The same convolution by its other name, if it is one of each channel by itself.
fn plain(c: &ConvNorm) -> Conv {
    match c.conv {
        Convolved::All(conv) => conv,
        Convolved::ByChannel(of) => {
            let after = |i: usize| {
                let reach = (of.kernel[i] - 1) * of.dilation[i] + 1;
                ((of.windows[i] - 1) * of.stride[i] + reach).saturating_sub(of.image[i] + of.before[i])
            };
            Conv {
                image: [of.image[1], of.image[2]],
                kernel: [of.kernel[1], of.kernel[2]],
                stride: [of.stride[1], of.stride[2]],
                dilation: [of.dilation[1], of.dilation[2]],
                pad_height: [of.before[1], after(1)],
                pad_width: [of.before[2], after(2)],
                groups: of.channels,
                ..conv(of.batch, [1, 1], of.channels, of.channels, 1, 0)
            }
        }
    }
}

fn follow(c: &ConvNorm, normal: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<u32>) {
    let mut active = normal.to_vec();
    act(c).forward(&mut active);
    let (batch, n) = (c.conv.batch(), c.conv.filters());
    match c.tail {
        Tail::Whole => (active.clone(), active, Vec::new()),
        Tail::Max(pool) => {
            let len = batch * pool.output().iter().product::<usize>() * n;
            let (mut y, mut which) = (vec![0.0; len], vec![0; len]);
            pool.max(&active, &mut y, Some(&mut which));
            (active, y, which)
        }
        Tail::Mean => {
            let mut y = vec![0.0; batch * n];
            Pool::global(batch, c.conv.output(), n).average(&active, &mut y);
            (active, y, Vec::new())
        }
    }
}

/// Whether rounding cannot change what a rectifier or a maximum decides of `normal`: no number lies within 1e-5 of where a
/// rectifier turns, and no two numbers of a window within 1e-5 of each other, unless they are the same. Otherwise the
/// gradients jump by what two orders of the same sum differ in.
fn is_clear(c: &ConvNorm, normal: &[f32]) -> bool {
    const LEAST: f32 = 1e-5;
    let turns: &[f32] = match c.rectify {
        Rectify::No => &[],
        Rectify::Relu => &[0.0],
        Rectify::Relu6 => &[0.0, 6.0],
    };
    if normal.iter().any(|x| turns.iter().any(|turn| (x - turn).abs() < LEAST)) {
        return false;
    }
    let Tail::Max(pool) = c.tail else { return true };
    let mut active = normal.to_vec();
    act(c).forward(&mut active);
    let ([h, w], [oh, ow], n) = (pool.image, pool.output(), pool.channels);
    (0..pool.batch * oh * ow * n).all(|i| {
        let (image, y, x, j) = (i / (oh * ow * n), i / (ow * n) % oh, i / n % ow, i % n);
        let at = |dy: usize, dx: usize| {
            active[((image * h + y * pool.stride[0] + dy) * w + x * pool.stride[1] + dx) * n + j]
        };
        let window = (0..pool.window[0]).flat_map(|dy| (0..pool.window[1]).map(move |dx| at(dy, dx)));
        let most = window.clone().fold(f32::MIN, f32::max);
        window.into_iter().all(|x| x == most || most - x > LEAST)
    })
}

fn in_parts(c: &ConvNorm, x: &[f32], w: &[f32], b: &[f32], gamma: &[f32], beta: &[f32], dy: &[f32]) -> Parts {
    let (n, conv) = (c.conv.filters(), plain(c));
    let len = c.conv.batch() * c.conv.output().iter().product::<usize>() * n;
    let (mut z, mut normal) = (vec![0.0; len], vec![0.0; len]);
    conv.forward(x, w, Some(b), &mut z);
    normalize(&z, beta, gamma, Some(gamma), Some(beta), EPSILON, &mut normal);
    let predicted = follow(c, &normal).1;
    let (mut mean, mut variance) = (vec![0.0; n], vec![0.0; n]);
    moments(&z, &mut mean, &mut variance);
    normalize(&z, &mean, &variance, Some(gamma), Some(beta), EPSILON, &mut normal);
    let (active, y, which) = follow(c, &normal);
    let mut d = vec![0.0; len];
    match c.tail {
        Tail::Whole => d.copy_from_slice(dy),
        Tail::Max(pool) => pool.max_backward(&which, dy, &mut d),
        Tail::Mean => Pool::global(c.conv.batch(), c.conv.output(), n).average_backward(dy, &mut d),
    }
    let mut slope = vec![0.0; len];
    act(c).backward(&active, &d, &mut slope);
    let mut dz = vec![0.0; len];
    let [mut dx, mut dw] = [x, w].map(|a| vec![0.0; a.len()]);
    let [mut db, mut dgamma, mut dbeta] = [n; 3].map(|n| vec![0.0; n]);
    normalize_backward(
        true,
        &z,
        &mean,
        &variance,
        Some(gamma),
        EPSILON,
        &slope,
        Some(&mut dz),
        &mut dgamma,
        &mut dbeta,
    );
    let to = ConvGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: Some(&mut db) };
    conv.backward(x, w, &z, &dz, to);
    Parts { normal, predicted, y, gradients: [dx, dw, db, dgamma, dbeta] }
}

/// What a chain is given: x, w, b, gamma, beta and the gradient of its output. Gamma and beta also stand for a variance and
/// a mean that are known.
fn drawn(c: &ConvNorm, seed: u64) -> [Vec<f32>; 6] {
    let conv = &plain(c);
    let pixels: usize = match c.tail {
        Tail::Whole => conv.output().iter().product(),
        Tail::Max(pool) => pool.output().iter().product(),
        Tail::Mean => 1,
    };
    let x = numbers(conv.batch * conv.image[0] * conv.image[1] * conv.channels, seed);
    let w = numbers(conv.kernel[0] * conv.kernel[1] * conv.channels / conv.groups * conv.filters, seed + 1);
    let gamma = numbers(conv.filters, seed + 3).iter().map(|g| g.abs() + 0.5).collect();
    let dy = numbers(conv.batch * pixels * conv.filters, seed + 5);
    [x, w, numbers(conv.filters, seed + 2), gamma, numbers(conv.filters, seed + 4), dy]
}

fn check(c: &ConvNorm, seed: u64) {
    let (conv, channels) = (&plain(c), c.conv.filters());
    let clear = (seed..seed + 1000)
        .map(|seed| drawn(c, seed))
        .find(|[x, w, b, gamma, beta, dy]| is_clear(c, &in_parts(c, x, w, b, gamma, beta, dy).normal));
    let [x, w, b, gamma, beta, dy] = clear.expect("numbers that rounding does not decide on");
    let len = c.conv.batch() * c.conv.output().iter().product::<usize>() * channels;
    on_every_path(|| {
        let want = in_parts(c, &x, &w, &b, &gamma, &beta, &dy);
        let norm = Norm { mean: &beta, variance: &gamma, gamma: Some(&gamma), beta: Some(&beta) };
        let mut y = vec![9.0; dy.len()];
        c.predict(&x, &w, Some(&b), norm, &mut y);
        close("prediction", &y, &wide(&want.predicted), 2e-5);
        let (mut mean, mut variance) = (vec![9.0; conv.filters], vec![9.0; conv.filters]);
        let (mut z, mut y) = (vec![9.0; len], vec![9.0; dy.len()]);
        let (g, s) = (Some(&*gamma), Some(&*beta));
        c.forward(&x, &w, Some(&b), g, s, &mut mean, &mut variance, &mut z, &mut y);
        close("y", &y, &wide(&want.y), 2e-5);
        let [mut dx, mut dw] = [&x, &w].map(|a| vec![9.0; a.len()]);
        let [mut db, mut dgamma, mut dbeta] = [conv.filters; 3].map(|n| vec![9.0; n]);
        let to = ConvGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: Some(&mut db) };
        let norm = Norm { mean: &mean, variance: &variance, gamma: g, beta: s };
        c.backward(&x, &w, &z, norm, &dy, to, &mut dgamma, &mut dbeta);
        let names = ["dx", "dw", "db", "dgamma", "dbeta"];
        for ((name, got), want) in names.into_iter().zip([dx, dw, db, dgamma, dbeta]).zip(&want.gradients) {
            // Gradients through a normalisation are small differences of large sums.
            // That of a bias, which the mean takes away again, is nothing but what rounding leaves of its terms.
            let least = if name == "db" { dy.len() as f32 } else { 1.0 };
            let size = want.iter().fold(least, |a, b| a.max(b.abs()));
            let (got, want): (Vec<f32>, Vec<f64>) =
                (got.iter().map(|g| g / size).collect(), want.iter().map(|w| f64::from(w / size)).collect());
            close(name, &got, &want, 1e-4);
        }
    });
}

fn conv(batch: usize, image: [usize; 2], channels: usize, filters: usize, k: usize, pad: usize) -> Conv {
    Conv {
        batch,
        image,
        channels,
        filters,
        kernel: [k, k],
        stride: [1, 1],
        dilation: [1, 1],
        pad_height: [pad, pad],
        pad_width: [pad, pad],
        groups: 1,
        act: Act::Linear,
        tiles: true,
    }
}

fn windows(conv: &Conv, window: [usize; 2], stride: [usize; 2]) -> Tail {
    let (image, channels) = (conv.output(), conv.filters);
    Tail::Max(Pool {
        batch: conv.batch,
        image,
        channels,
        window,
        stride,
        pad_height: [0, 0],
        pad_width: [0, 0],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn agrees_with_its_parts(
        batch in 2..4usize, h in 4..9usize, w in 4..12usize, channels in 1..20usize, filters in 1..40usize,
        k in 1..4usize, pad in 0..2usize, rectify in 0..3usize, tail in 0..3usize, window in prop::array::uniform2(1..3usize),
        more in prop::array::uniform2(0..2usize), seed: u64,
    ) {
        let conv = conv(batch, [h, w], channels, filters, k, pad);
        let stride = [window[0] + more[0], window[1] + more[1]];
        let tail = [Tail::Whole, Tail::Mean, windows(&conv, window, stride)][tail];
        let rectify = [Rectify::No, Rectify::Relu, Rectify::Relu6][rectify];
        check(&ConvNorm { conv: conv.into(), rectify, tail, epsilon: EPSILON }, seed >> 8);
    }

    #[test]
    fn of_each_channel_too(
        batch in 2..4usize, image in prop::array::uniform2(4..12usize), channels in 1..40usize,
        kernel in prop::array::uniform2(1..4usize), stride in prop::array::uniform2(1..3usize), pad in 0..2usize,
        rectify in 0..3usize, mean: bool, seed: u64,
    ) {
        let windows = [0, 1].map(|i| (image[i] + 2 * pad - kernel[i]) / stride[i] + 1);
        let three = |[y, x]: [usize; 2], first: usize| [first, y, x];
        let of = Depthwise {
            batch, channels, image: three(image, 1), kernel: three(kernel, 1), windows: three(windows, 1),
            stride: three(stride, 1), dilation: [1; 3], before: three([pad, pad], 0),
        };
        let rectify = [Rectify::No, Rectify::Relu, Rectify::Relu6][rectify];
        let tail = if mean { Tail::Mean } else { Tail::Whole };
        check(&ConvNorm { conv: of.into(), rectify, tail, epsilon: EPSILON }, seed >> 8);
    }
}

/// Predictions against f64, by means far from 0, very large and very small deviations and gammas, and a bias that takes a
/// large mean away again. Error: 8 u of the normalised number times gamma, u of beta, and what one step of f32 at the size
/// of the convolution's output and bias makes of the rest, where `u` is 2⁻²⁴.
#[test]
fn predictions_far_from_zero() {
    let filters = 19;
    // Pixels of one channel, so that the convolution itself rounds once.
    let conv = conv(2, [4, 6], 1, filters, 1, 0);
    let u = 1.0 / 16_777_216.0;
    on_every_path(|| {
        for (mean, deviation) in
            [(0.0, 1.0), (1e4f32, 1e-2f32), (-1e6, 1.0), (1e-3, 1e-6), (1e15, 1e12), (1e4, 1e-12)]
        {
            for (gamma, bias) in [(1.0f32, 0.0f32), (-1e10, 0.0), (1e-10, 0.0), (2.0, mean), (2.0, -mean)] {
                let x: Vec<f32> = numbers(48, 3).iter().map(|x| mean + deviation * x).collect();
                let w: Vec<f32> = (0..filters).map(|j| if j % 2 == 0 { 1.0 } else { 0.5 }).collect();
                let b = vec![bias; filters];
                let means: Vec<f32> = w.iter().map(|w| mean * w + bias).collect();
                let variance = vec![deviation * deviation; filters];
                let (gammas, betas) = (vec![gamma; filters], numbers(filters, 4));
                let norm =
                    Norm { mean: &means, variance: &variance, gamma: Some(&gammas), beta: Some(&betas) };
                for relu in [false, true] {
                    let mut y = vec![9.0; 48 * filters];
                    let rectify = if relu { Rectify::Relu } else { Rectify::No };
                    let chain = ConvNorm { conv: conv.into(), rectify, tail: Tail::Whole, epsilon: 1e-12 };
                    chain.predict(&x, &w, Some(&b), norm, &mut y);
                    for (i, y) in y.iter().enumerate() {
                        let (x, j) = (f64::from(x[i / filters]), i % filters);
                        let z = x * f64::from(w[j]);
                        let scale = f64::from(gamma) / (f64::from(variance[j]) + f64::from(1e-12f32)).sqrt();
                        let distance = z + f64::from(bias) - f64::from(means[j]);
                        let wanted = distance * scale + f64::from(betas[j]);
                        let wanted = if relu { wanted.max(0.0) } else { wanted };
                        let step = u * (z.abs() + f64::from(bias).abs());
                        let allowed = scale.abs() * (8.0 * u * distance.abs() + step) + 2.0 * u;
                        let error = (f64::from(*y) - wanted).abs();
                        assert!(
                            error <= allowed,
                            "{mean:e} {deviation:e} {gamma:e} {bias:e}: {y:e} instead of {wanted:e}"
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn in_threads_too() {
    let conv = conv(9, [17, 18], 5, 33, 3, 1);
    for threads in [2, 3] {
        threads::set_threads(threads);
        for tail in [Tail::Whole, Tail::Mean, windows(&conv, [2, 2], [2, 2])] {
            check(&ConvNorm { conv: conv.into(), rectify: Rectify::Relu, tail, epsilon: EPSILON }, 77);
        }
    }
    threads::set_threads(0);
}

#[test]
#[should_panic(expected = "windows")]
fn windows_that_overlap() {
    let conv = conv(2, [6, 6], 1, 1, 1, 0);
    check(
        &ConvNorm {
            conv: conv.into(),
            rectify: Rectify::Relu,
            tail: windows(&conv, [3, 3], [2, 2]),
            epsilon: EPSILON,
        },
        1,
    );
}
