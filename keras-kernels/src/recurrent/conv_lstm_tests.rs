use proptest::prelude::*;

use super::{ConvLstm, ConvLstmGradients, ConvLstmWeights};
use crate::activation::Act;
use crate::conv::{Conv, ConvGradients};
use crate::conv3d::tests::{close, numbers};
use crate::simd::of_test::on;
use crate::threads::with_threads;

fn layer(image: [usize; 2], channels: usize, units: usize, kernel: [usize; 2]) -> ConvLstm {
    let one = [1, 1];
    let pads = kernel.map(|k| [(k - 1) / 2, k / 2]);
    let states = Conv {
        batch: 1,
        image,
        channels: units,
        filters: 4 * units,
        kernel,
        stride: one,
        dilation: one,
        pad_height: pads[0],
        pad_width: pads[1],
        groups: 1,
        act: Act::Linear,
        tiles: false,
    };
    ConvLstm {
        inputs: Conv { channels, ..states },
        states,
        batch: 2,
        time: 3,
        go_backwards: false,
        sequences: true,
        act: Act::Tanh,
        recurrent_act: Act::Sigmoid,
    }
}

/// Sequences, both kernels, the bias, and the factors by which outputs count.
fn given(of: &ConvLstm) -> [Vec<f32>; 5] {
    let weights = |conv: &Conv| conv.kernel[0] * conv.kernel[1] * conv.channels * conv.filters;
    let x = of.batch * of.time * of.inputs.x_len();
    [x, weights(&of.inputs), weights(&of.states), of.states.filters, of.output_len()]
        .map(|n| numbers(n, n % 7).iter().map(|x| 0.4 * x).collect())
}

/// The output, and the gradients of sequences, kernels and bias.
fn found(of: &ConvLstm, [x, w, u, b, dy]: &[Vec<f32>; 5], kept: bool) -> [Vec<f32>; 5] {
    let (prepared_w, prepared_u) = (of.inputs.prepare(w, None), of.states.prepare(u, None));
    let finite = u.iter().all(|u| u.is_finite());
    let weights = ConvLstmWeights { w: &prepared_w, u: &prepared_u, b: Some(b), finite };
    let (mut y, mut cache) = (vec![7.0; dy.len()], vec![7.0; of.cache_len()]);
    let [mut dx, mut dw, mut du, mut db] = [x, w, u, b].map(|like| vec![7.0; like.len()]);
    of.forward(x, weights, kept.then_some(&mut cache), &mut y);
    if kept {
        let (dx, dw, du, db) = (Some(&mut dx[..]), Some(&mut dw[..]), Some(&mut du[..]), Some(&mut db[..]));
        of.backward(x, [w, u], &mut cache, dy, ConvLstmGradients { dx, dw, du, db });
    }
    [y, dx, dw, du, db]
}

/// `sum` with what a convolution gives for one image, in f64.
fn convolved(conv: &Conv, x: &[f64], w: &[f64], sum: &mut [f64]) {
    let ([h, wd], [oh, ow], [kh, kw]) = (conv.image, conv.output(), conv.kernel);
    for o in 0..oh * ow {
        for k in 0..kh * kw {
            let at = |i: usize, o: usize, k: usize, pad: usize| {
                (o * conv.stride[i] + k * conv.dilation[i]).checked_sub(pad).filter(|at| *at < [h, wd][i])
            };
            let (y, x_) =
                (at(0, o / ow, k / kw, conv.pad_height[0]), at(1, o % ow, k % kw, conv.pad_width[0]));
            let (Some(y), Some(x_)) = (y, x_) else { continue };
            for j in 0..conv.channels * conv.filters {
                let (c, f) = (j / conv.filters, j % conv.filters);
                let factor = w[k * conv.channels * conv.filters + j];
                sum[o * conv.filters + f] += x[(y * wd + x_) * conv.channels + c] * factor;
            }
        }
    }
}

/// The layer as Keras defines it, in f64.
fn defined(of: &ConvLstm, given: &[Vec<f64>; 5]) -> Vec<f64> {
    let [x, w, u, b, dy] = given;
    let (n, units, inputs) = (of.states.x_len(), of.states.channels, of.inputs.x_len());
    let sigmoid = |x: f64| match of.recurrent_act {
        Act::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        _ => (x / 6.0 + 0.5).clamp(0.0, 1.0),
    };
    let act = |x: f64| if of.act == Act::Tanh { x.tanh() } else { x.max(0.0) };
    let mut y = Vec::with_capacity(dy.len());
    for x in x.chunks_exact(of.time * inputs) {
        let (mut h, mut c) = (vec![0.0; n], vec![0.0; n]);
        for step in 0..of.time {
            let at = if of.go_backwards { of.time - 1 - step } else { step };
            let mut z: Vec<f64> = b.iter().copied().cycle().take(4 * n).collect();
            convolved(&of.inputs, &x[at * inputs..][..inputs], w, &mut z);
            convolved(&of.states, &h, u, &mut z);
            for i in 0..n {
                let z = |gate: usize| z[i / units * 4 * units + gate * units + i % units];
                c[i] = sigmoid(z(1)) * c[i] + sigmoid(z(0)) * act(z(2));
                h[i] = sigmoid(z(3)) * act(c[i]);
            }
            if of.sequences || step + 1 == of.time {
                y.extend(&h);
            }
        }
    }
    y
}

/// The gradient of the weighted sum of outputs by one number, from differences.
fn slope(of: &ConvLstm, given: &[Vec<f64>; 5], which: usize, at: usize) -> f64 {
    let [less, more] = [-1e-5, 1e-5].map(|by| {
        let mut given = given.clone();
        given[which][at] += by;
        defined(of, &given).iter().zip(&given[4]).map(|(y, dy)| y * dy).sum::<f64>()
    });
    (more - less) / 2e-5
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn states_and_gradients_are_as_defined(
        (height, width, channels, units) in (1usize..6, 1usize..8, 1usize..4, 1usize..20),
        (kernel, stride, dilation) in ((1usize..4, 1usize..4), 1usize..3, 1usize..3),
        (batch, time, set) in (0usize..3, 1usize..4, 0usize..4),
        (go_backwards, sequences, fast, tiles) in (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()),
        picks in prop::array::uniform4(any::<prop::sample::Index>()),
    ) {
        let plain = layer([height, width], channels, units, [kernel.0, kernel.1]);
        // Strides and dilation are of the inputs alone; the state has the size that they leave.
        let (sizes, [pad_height, pad_width]) = ([height, width], [kernel.0, kernel.1].map(|k| [k * dilation, k]));
        let inputs = Conv { stride: [stride, 1], dilation: [dilation, 1], pad_height, pad_width, ..plain.inputs };
        let states = Conv { image: inputs.output(), tiles, ..plain.states };
        let (act, recurrent_act) =
            if fast { (Act::Tanh, Act::Sigmoid) } else { (Act::Relu, Act::HardSigmoid) };
        let of = ConvLstm { inputs, states, batch, time, go_backwards, sequences, act, recurrent_act };
        let given = given(&of);
        let exact = given.clone().map(|x| x.into_iter().map(f64::from).collect::<Vec<f64>>());
        let (alone, all) = on(set, || {
            let plain = ConvLstm { states: Conv { tiles: false, ..states }, ..of };
            (found(&of, &given, false), found(&plain, &given, true))
        });
        let wanted = defined(&of, &exact);
        prop_assert!(close(&alone[0], &wanted) && close(&all[0], &wanted), "{of:?} {sizes:?}");
        for (which, pick) in picks.iter().enumerate().filter(|(which, _)| fast && !given[*which].is_empty()) {
            let at = pick.index(given[which].len());
            let (found, wanted) = (f64::from(all[which + 1][at]), slope(&of, &exact, which, at));
            prop_assert!((found - wanted).abs() <= 1e-4 * (1.0 + wanted.abs()), "{of:?} {which}: {found} {wanted}");
        }
    }
}

#[test]
fn threads_do_not_change_states() {
    // The images of the inputs are in tiles where they have 16 channels.
    for channels in [3, 16] {
        let of = ConvLstm { batch: 5, time: 4, ..layer([12, 12], channels, 16, [3, 3]) };
        let given = given(&of);
        let run = |threads: usize| {
            let _threads = with_threads(threads);
            found(&of, &given, true)
        };
        let bits = |x: &[f32]| x.iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
        let one = run(1);
        for threads in [2, 3, 7] {
            let many = run(threads);
            for which in 0..2 {
                assert!(bits(&many[which]) == bits(&one[which]), "{which} of {channels}: {threads} threads");
            }
            // Sums over samples, of which each thread has some.
            for which in 2..5 {
                let near =
                    many[which].iter().zip(&one[which]).all(|(a, b)| (a - b).abs() <= 1e-4 * (1.0 + b.abs()));
                assert!(near, "{which} of {channels}: {threads} threads");
            }
        }
    }
}

#[test]
fn weights_that_are_not_finite_are_met_by_zeros_too() {
    let of = ConvLstm { time: 1, ..layer([4, 5], 2, 3, [3, 3]) };
    let mut given = given(&of);
    given[2][0] = f32::INFINITY;
    let y = &found(&of, &given, false)[0];
    assert!(y.iter().any(|y| y.is_nan()), "zeros times infinity");
    given[2][0] = 0.0;
    given[0][0] = f32::NAN;
    let y = &found(&of, &given, false)[0];
    // The pixel is in reach of four.
    assert_eq!(y.iter().filter(|y| y.is_nan()).count(), 4 * 3);
}

/// Gradients of images that are large enough for tiles.
#[test]
fn gradients_in_tiles_are_as_defined() {
    let of = ConvLstm { batch: 1, ..layer([10, 11], 16, 16, [3, 3]) };
    let given = given(&of);
    let exact = given.clone().map(|x| x.into_iter().map(f64::from).collect::<Vec<f64>>());
    let all: Vec<_> = (0..4).map(|set| on(set, || found(&of, &given, true))).collect();
    for which in 0..4 {
        let n = given[which].len();
        for at in [0, n / 3, n - 1] {
            let wanted = slope(&of, &exact, which, at);
            for found in &all {
                let found = f64::from(found[which + 1][at]);
                assert!(
                    (found - wanted).abs() <= 1e-4 * (1.0 + wanted.abs()),
                    "{which} {at}: {found} {wanted}"
                );
            }
        }
    }
}

/// The gradients of sequences and kernels, and what is left of the cache.
fn traced(of: &ConvLstm, [x, w, u, b, dy]: &[Vec<f32>; 5]) -> ([Vec<f32>; 3], Vec<f32>) {
    let (prepared_w, prepared_u) = (of.inputs.prepare(w, None), of.states.prepare(u, None));
    let finite = u.iter().all(|u| u.is_finite());
    let weights = ConvLstmWeights { w: &prepared_w, u: &prepared_u, b: Some(b), finite };
    let (mut y, mut cache) = (vec![7.0; dy.len()], vec![7.0; of.cache_len()]);
    of.forward(x, weights, Some(&mut cache), &mut y);
    let [mut dx, mut dw, mut du] = [x, w, u].map(|like| vec![7.0; like.len()]);
    let to = ConvLstmGradients { dx: Some(&mut dx), dw: Some(&mut dw), du: Some(&mut du), db: None };
    of.backward(x, [w, u], &mut cache, dy, to);
    ([dx, dw, du], cache)
}

/// A kernel that is zero but for its centre.
fn centred(w: &[f32]) -> Vec<f32> {
    let part = w.len() / 9;
    [vec![0.0; 4 * part], w[..part].to_vec(), vec![0.0; 4 * part]].concat()
}

/// What one pixel's large gradient rounds away must not reach its neighbours on the way back through the steps: where
/// kernels are zero but for their centre, each pixel is a sequence of its own, as it is with a kernel of that size.
#[test]
fn a_large_gradient_leaves_other_pixels_alone() {
    let of = ConvLstm { batch: 1, time: 4, sequences: false, ..layer([12, 12], 16, 16, [3, 3]) };
    let alone = ConvLstm { batch: 1, time: 4, sequences: false, ..layer([12, 12], 16, 16, [1, 1]) };
    let [x, w, u, b, mut dy] = given(&of);
    let large = 5 * 12 + 5;
    dy.iter_mut().for_each(|dy| *dy = dy.signum() * (1.0 + dy.abs()));
    dy[large * 16..][..16].iter_mut().for_each(|dy| *dy *= 2048.0);
    let part = w.len() / 9;
    for set in 0..4 {
        let centred = [x.clone(), centred(&w), centred(&u), b.clone(), dy.clone()];
        let single = [x.clone(), w[..part].to_vec(), u[..part].to_vec(), b.clone(), dy.clone()];
        let [found, wanted] =
            [(&of, &centred), (&alone, &single)].map(|(of, given)| on(set, || traced(of, given).1));
        let gates = found.len() / 7 * 4;
        let pixels =
            |x: &[f32]| -> Vec<Vec<f32>> { x[..gates].chunks_exact(64).map(<[f32]>::to_vec).collect() };
        for (i, (found, wanted)) in pixels(&found).iter().zip(pixels(&wanted)).enumerate() {
            let scale = wanted.iter().fold(0f32, |most, x| most.max(x.abs()));
            for (found, wanted) in found.iter().zip(&wanted) {
                assert!((found - wanted).abs() <= 1e-5 * scale, "step and pixel {i}: {found} {wanted}");
            }
        }
    }
}

/// Gradients that are no numbers, or of other orders of magnitude than their neighbours, are summed plainly.
#[test]
fn uneven_gradients_are_plain_sums() {
    let of = layer([12, 12], 16, 16, [3, 3]);
    let usual = given(&of);
    let middle = usual[4].len() / 2 + 16 * 65;
    for case in 0..5 {
        let mut given = usual.clone();
        match case {
            0 => given[4][middle] = f32::INFINITY,
            1 => given[4][middle] = f32::NAN,
            2 => given[4].fill(1e-30),
            3 => {
                given[4].fill(1.0);
                given[4][middle] = 1e20;
            }
            _ => given[2][100] = f32::INFINITY,
        }
        let ([dx, dw, du], cache) = traced(&of, &given);
        let n = cache.len() / 7;
        let (gates, before) = (&cache[..4 * n], &cache[4 * n..5 * n]);
        let plain = |conv: &Conv, x: &[f32], w: &[f32], gates: &[f32]| {
            let (mut dx, mut dw) = (vec![7.0; x.len()], vec![7.0; w.len()]);
            let to = ConvGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: None };
            Conv { batch: of.batch * of.time, tiles: false, ..*conv }.backward(x, w, gates, gates, to);
            [dx, dw]
        };
        let size = |x: &[f32]| x.iter().map(|x| x.abs()).collect::<Vec<f32>>();
        // With the sums of the sizes of all terms, which bound what is rounded.
        let both = |conv: &Conv, x: &[f32], w: &[f32]| {
            [plain(conv, x, w, gates), plain(conv, &size(x), &size(w), &size(gates))]
        };
        let [wanted, scale] = both(&of.inputs, &given[0], &given[1]);
        let [of_states, of_states_scale] = both(&of.states, before, &given[2]);
        let all = [
            (&dx, &wanted[0], &scale[0]),
            (&dw, &wanted[1], &scale[1]),
            (&du, &of_states[1], &of_states_scale[1]),
        ];
        for (which, (found, wanted, scale)) in all.into_iter().enumerate() {
            for (i, ((found, wanted), scale)) in found.iter().zip(wanted).zip(scale).enumerate() {
                let near = if wanted.is_finite() {
                    (found - wanted).abs() <= 1e-5 * scale
                } else {
                    found.is_nan() == wanted.is_nan() && !found.is_finite()
                };
                assert!(near, "case {case}, gradient {which}, {i}: {found} {wanted}");
            }
        }
    }
}
