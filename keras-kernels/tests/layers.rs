//! Dense, pooling, normalising and softmax layers against plain loops in f64.

mod bounds;
mod common;

use common::{close, dot, numbers, numeric, on_every_path, plant, wide};
use keras_kernels::activation::Act;
use keras_kernels::dense::{Dense, DenseGradients};
use keras_kernels::late::Late;
use keras_kernels::norm::*;
use keras_kernels::optim::Sgd;
use keras_kernels::pool::{Pool, largest_backward};
use keras_kernels::rare::Rare;
use keras_kernels::softmax::*;
use proptest::prelude::*;

fn softmax_of(x: &[f64]) -> Vec<f64> {
    let max = x.iter().fold(f64::MIN, |a, b| a.max(*b));
    let e: Vec<f64> = x.iter().map(|x| (x - max).exp()).collect();
    let sum: f64 = e.iter().sum();
    e.iter().map(|e| e / sum).collect()
}

fn rows(x: &[f64], n: usize, f: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    x.chunks(n).flat_map(f).collect()
}

fn standard(x: &[f64], epsilon: f64) -> Vec<f64> {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    x.iter().map(|x| (x - mean) / (variance + epsilon).sqrt()).collect()
}

/// Layers of tensors with axes of length 0 and 1.
#[test]
fn nothing_to_do() {
    let sizes = [0, 1, 3];
    for i in 0..81usize {
        let [batch, h, w, c] = std::array::from_fn(|digit| sizes[i / 3usize.pow(digit as u32) % 3]);
        let n = batch * h * w * c;
        for (window, stride) in [([1, 1], [1, 1]), ([2, 2], [2, 2]), ([2, 3], [1, 2])] {
            let p = Pool {
                batch,
                image: [h, w],
                channels: c,
                window,
                stride,
                pad_height: [0, 0],
                pad_width: [0, 0],
            };
            let ny = batch * p.output().iter().product::<usize>() * c;
            let (x, dy) = (numbers(n, 1), numbers(ny, 2));
            let (mut y, mut which, mut dx) = (vec![9.0; ny], vec![0; ny], vec![9.0; n]);
            p.max(&x, &mut y, Some(&mut which));
            p.max_backward(&which, &dy, &mut dx);
            assert!((dx.iter().sum::<f32>() - dy.iter().sum::<f32>()).abs() < 1e-5);
            p.average(&x, &mut y);
            p.average_backward(&dy, &mut dx);
            assert!((dx.iter().sum::<f32>() - dy.iter().sum::<f32>()).abs() < 1e-5);
        }
        // Rows of `c` numbers, `batch * h` of them.
        let rows = batch * h;
        let x = numbers(rows * c, 3);
        let (mut y, mut d) = (x.clone(), vec![9.0; x.len()]);
        softmax(&mut y, c);
        assert!(y.chunks(c.max(1)).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-6));
        softmax_backward(&y, &x, &mut d, c);
        log_softmax(&mut y, c);
        log_softmax_backward(&y, &x, &mut d, c);
        let (mut losses, target) = (vec![9.0; rows], vec![0.0; x.len()]);
        crossentropy_from_logits(&x, c, Target::Dense(&target), Weight::Same(1.0), &mut losses, &mut d);
        crossentropy(&x, c, Target::Dense(&target), Weight::Same(1.0), &mut losses, &mut d);
        assert!(c == 0 || losses.iter().all(|l| *l == 0.0));
        let dense = Dense { rows, inputs: c, units: w, act: Act::Relu };
        let (weights, b, dy) = (numbers(c * w, 4), numbers(w, 5), numbers(rows * w, 6));
        let mut y = vec![9.0; rows * w];
        dense.forward(&x, &weights, Some(&b), &mut y, None);
        if c == 0 {
            assert!(y.iter().zip(b.iter().cycle()).all(|(y, b)| *y == b.max(0.0)));
        }
        let (mut dw, mut db) = (vec![9.0; c * w], vec![9.0; w]);
        dense.backward(
            &x,
            &weights,
            &y,
            &dy,
            DenseGradients { dx: Some(&mut d), dw: Some(&mut dw), db: Some(&mut db), dz: None },
        );
        assert!(rows > 0 || dw.iter().chain(&db).all(|g| *g == 0.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn dense(rows in 1..40usize, inputs in 1..70usize, units in 1..70usize, bias: bool, seed: u64,
        act in prop::sample::select(vec![Act::Linear, Act::Relu, Act::Tanh, Act::Silu, Act::GeluTanh])) {
        let seed = seed >> 8;
        let d = Dense { rows, inputs, units, act };
        let (x, w, b) = (numbers(rows * inputs, seed), numbers(inputs * units, seed + 1), numbers(units, seed + 2));
        let b = bias.then_some(&b[..]);
        let dy = numbers(rows * units, seed + 3);
        let f = |z: f64| match act {
            Act::Relu => (z.max(0.0), f64::from(z > 0.0)),
            Act::Tanh => (z.tanh(), 1.0 - z.tanh().powi(2)),
            Act::Silu => {
                let p = 1.0 / (1.0 + (-z).exp());
                (z * p, p + z * p * (1.0 - p))
            }
            Act::GeluTanh => {
                let g = |z: f64| 0.5 * z * (1.0 + (0.797_884_560_802_865_4 * (z + 0.044715 * z.powi(3))).tanh());
                (g(z), (g(z + 1e-5) - g(z - 1e-5)) / 2e-5)
            }
            _ => (z, 1.0),
        };
        let (mut y, mut dz) = (vec![], vec![]);
        for r in 0..rows {
            for j in 0..units {
                let z: f64 = (0..inputs).map(|i| f64::from(x[r * inputs + i]) * f64::from(w[i * units + j])).sum();
                let (v, slope) = f(z + b.map_or(0.0, |b| f64::from(b[j])));
                y.push(v);
                dz.push(slope * f64::from(dy[r * units + j]));
            }
        }
        let (mut dx, mut dw, mut db) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; units]);
        for r in 0..rows {
            for j in 0..units {
                let d = dz[r * units + j];
                db[j] += d;
                for i in 0..inputs {
                    dx[r * inputs + i] += d * f64::from(w[i * units + j]);
                    dw[i * units + j] += d * f64::from(x[r * inputs + i]);
                }
            }
        }
        // The gradients follow from the true output: where a relu turns, rounding would decide them.
        let truth: Vec<f32> = y.iter().map(|y| *y as f32).collect();
        on_every_path(|| {
            let (mut got, mut z) = (vec![9.0; y.len()], vec![9.0; y.len()]);
            d.forward(&x, &w, b, &mut got, Some(&mut z));
            close("y", &got, &y, 1e-5);
            let (mut gx, mut gw, mut gb) = (vec![9.0; x.len()], vec![9.0; w.len()], vec![9.0; units]);
            let to = DenseGradients { dx: Some(&mut gx), dw: Some(&mut gw), db: Some(&mut gb), dz: None };
            let saved = if act.needs_input() { &z } else { &truth };
            d.backward(&x, &w, saved, &dy, to);
            close("dx", &gx, &dx, 5e-5);
            close("dw", &gw, &dw, 5e-5);
            close("db", &gb, &db, 5e-5);
            // The gradient of the weights is left to the optimiser, whose step by it is the gradient.
            let mut kept = vec![9.0; rows * units];
            d.backward(&x, &w, saved, &dy, DenseGradients { dz: Some(&mut kept), ..DenseGradients::default() });
            let late = Late::new(&x, &kept, inputs, units);
            assert_eq!(late.whole(), gw, "the whole of it");
            let mut moved = vec![0.0; w.len()];
            Sgd { learning_rate: -1.0, momentum: 0.0, nesterov: false }.step(&mut moved, late, &mut []);
            close("step", &moved, &dw, 5e-5);
        });
    }

    #[test]
    fn pooling(batch in 1..3usize, h in 1..9usize, w in 1..9usize, channels in 1..40usize,
        window in prop::array::uniform2(1..4usize), stride in prop::array::uniform2(1..4usize),
        pads in prop::array::uniform4(0..3usize), global: bool, twos: bool, ties: bool, seed: u64) {
        // Most windows are of two by two pixels, without padding, and have a loop of their own.
        let (window, pads) = if twos { ([2, 2], [0; 4]) } else { (window, pads) };
        let pad = |i: usize, w: usize| pads[i].min(w - 1);
        let p = if global {
            Pool::global(batch, [h, w], channels)
        } else {
            Pool {
                batch, image: [h, w], channels, window, stride,
                pad_height: [pad(0, window[0]), pad(1, window[0])],
                pad_width: [pad(2, window[1]), pad(3, window[1])],
            }
        };
        let [oh, ow] = p.output();
        let mut x = numbers(batch * h * w * channels, seed >> 8);
        if ties {
            x.iter_mut().for_each(|x| *x = (*x * 2.0).round());
        }
        let ny = batch * oh * ow * channels;
        let dy = numbers(ny, (seed >> 8) + 1);
        let (mut max, mut mean) = (vec![f64::MIN; ny], vec![0.0; ny]);
        let (mut dmax, mut dmean) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for o in 0..ny {
            let (c, ox, oy, n) = (o % channels, o / channels % ow, o / channels / ow % oh, o / channels / ow / oh);
            let (mut best, mut all) = (0, vec![]);
            for ky in 0..p.window[0] {
                for kx in 0..p.window[1] {
                    let y = (oy * p.stride[0] + ky).wrapping_sub(p.pad_height[0]);
                    let xx = (ox * p.stride[1] + kx).wrapping_sub(p.pad_width[0]);
                    if y < h && xx < w {
                        let i = ((n * h + y) * w + xx) * channels + c;
                        all.push(i);
                        if f64::from(x[i]) > max[o] {
                            max[o] = f64::from(x[i]);
                            best = i;
                        }
                    }
                }
            }
            dmax[best] += f64::from(dy[o]);
            for i in &all {
                mean[o] += f64::from(x[*i]) / all.len() as f64;
                dmean[*i] += f64::from(dy[o]) / all.len() as f64;
            }
        }
        on_every_path(|| {
            let (mut y, mut which, mut dx) = (vec![9.0; ny], vec![9; ny], vec![9.0; x.len()]);
            p.max(&x, &mut y, None);
            close("max", &y, &max, 1e-6);
            p.max(&x, &mut y, Some(&mut which));
            close("max", &y, &max, 1e-6);
            p.max_backward(&which, &dy, &mut dx);
            close("dmax", &dx, &dmax, 1e-5);
            p.average(&x, &mut y);
            close("mean", &y, &mean, 1e-5);
            p.average_backward(&dy, &mut dx);
            close("dmean", &dx, &dmean, 1e-5);
        });
    }

    #[test]
    fn windows_with_anything(
        c in 1..21usize, image in prop::array::uniform2(1..6usize), window in prop::array::uniform2(1..4usize),
        stride in prop::array::uniform2(1..4usize), pads in prop::array::uniform4(0..3usize), seed: u64,
        plants in prop::collection::vec((any::<usize>(), 0..14usize), 0..40),
    ) {
        let least = |i: usize, pad: usize| pad.min(window[i] - 1);
        let p = Pool {
            batch: 2, image, channels: c, window, stride,
            pad_height: [least(0, pads[0]), least(0, pads[1])], pad_width: [least(1, pads[2]), least(1, pads[3])],
        };
        let mut x = numbers(2 * image[0] * image[1] * c, seed >> 8);
        plant(&mut x, &plants);
        let ([oh, ow], [h, w]) = (p.output(), image);
        let n = 2 * oh * ow * c;
        let dy = numbers(n, (seed >> 8) + 1);
        let (mut most, mut means, mut at) = (vec![], vec![], vec![]);
        for i in 0..n {
            let (b, oy, ox, j) = (i / (oh * ow * c), i / (ow * c) % oh, i / c % ow, i % c);
            let pixels: Vec<usize> = (0..window[0] * window[1])
                .map(|k| ((oy * stride[0] + k / window[1]).wrapping_sub(p.pad_height[0]),
                    (ox * stride[1] + k % window[1]).wrapping_sub(p.pad_width[0])))
                .filter(|(y, x)| *y < h && *x < w).map(|(y, x)| y * w + x).collect();
            let of = |p: &usize| x[(b * h * w + p) * c + j];
            // As XLA chooses: a number that the one before is not at least as large as, which NaN never is.
            let chosen = pixels.iter().skip(1).fold(pixels[0], |best, p| if of(&best) >= of(p) { best } else { *p });
            at.push((b * h * w + chosen) * c + j);
            most.push(if pixels.iter().any(|p| of(p).is_nan()) { f32::NAN } else { of(&chosen) });
            let sum = pixels.iter().fold(0.0f32, |sum, p| sum + of(p));
            means.push(sum / pixels.len() as f32);
        }
        let mut dmax = vec![0.0; x.len()];
        at.iter().zip(&dy).for_each(|(at, d)| dmax[*at] += f64::from(*d));
        let same = |a: &f32, b: &f32| a == b || (a.is_nan() && b.is_nan());
        on_every_path(|| {
            let (mut y, mut which, mut dx) = (vec![9.0; n], vec![0; n], vec![9.0; x.len()]);
            p.max(&x, &mut y, Some(&mut which));
            assert!(y.iter().zip(&most).all(|(y, m)| same(y, m)), "{y:?} {most:?}");
            p.max_backward(&which, &dy, &mut dx);
            close("dmax", &dx, &dmax, 1e-5);
            p.average(&x, &mut y);
            for (y, mean) in y.iter().zip(&means) {
                assert!(same(y, mean) || (y - mean).abs() <= 1e-5 * mean.abs().max(1.0), "{y} {mean}");
            }
        });
    }

    #[test]
    fn the_largest_of_anything(n in 1..20usize, c in 1..40usize, plants in prop::collection::vec((any::<usize>(), 0..14usize), 0..40)) {
        let mut x = numbers(n * c, 5);
        plant(&mut x, &plants);
        let dy = numbers(c, 6);
        let pool = Pool::global(1, [1, n], c);
        on_every_path(|| {
            let (mut y, mut dx) = (vec![9.0; c], vec![9.0; x.len()]);
            pool.max(&x, &mut y, None);
            largest_backward(&x, &y, &dy, &mut dx, c);
            for j in 0..c {
                let column: Vec<f32> = x[j..].iter().step_by(c).copied().collect();
                let most = column.iter().fold(f32::NEG_INFINITY, |a, b| if *b > a { *b } else { a });
                let many = column.iter().filter(|x| **x == most).count() as f32;
                let spoilt = column.iter().any(|x| x.is_nan());
                assert!(if spoilt { y[j].is_nan() } else { y[j] == most });
                for (x, dx) in column.iter().zip(dx[j..].iter().step_by(c)) {
                    let want = if *x == most { dy[j] / many } else { 0.0 };
                    assert!(if spoilt { dx.is_nan() } else { (dx - want).abs() < 1e-6 }, "{dx} {want}");
                }
            }
        });
    }

    #[test]
    fn equal_pixels_share_the_gradient(batch in 1..4usize, n in 1..20usize, c in 1..40usize, seed: u64) {
        let mut x = numbers(batch * n * c, seed >> 8);
        x.iter_mut().for_each(|x| *x = (*x * 2.0).round());
        let dy = numbers(batch * c, (seed >> 8) + 1);
        let pool = Pool::global(batch, [1, n], c);
        let mut want = vec![0.0; x.len()];
        for (o, dy) in dy.iter().enumerate() {
            let pixels = || (0..n).map(|p| (o / c * n + p) * c + o % c);
            let most = pixels().map(|i| x[i]).fold(f32::MIN, f32::max);
            let many = pixels().filter(|i| x[*i] == most).count();
            pixels().filter(|i| x[*i] == most).for_each(|i| want[i] = f64::from(*dy) / many as f64);
        }
        on_every_path(|| {
            let (mut y, mut dx) = (vec![9.0; dy.len()], vec![9.0; x.len()]);
            pool.max(&x, &mut y, None);
            largest_backward(&x, &y, &dy, &mut dx, c);
            close("dx", &dx, &want, 1e-6);
        });
    }

    #[test]
    fn normalisation(count in 2..6usize, n in 1..40usize, scaled: bool, training: bool, seed: u64) {
        let seed = seed >> 8;
        let (x, dy) = (numbers(count * n, seed), numbers(count * n, seed + 1));
        let (gamma, beta) = (numbers(n, seed + 2), numbers(n, seed + 3));
        let (g, b) = (scaled.then_some(&gamma[..]), scaled.then_some(&beta[..]));
        let epsilon = 0.01f32;
        let given: (Vec<f32>, Vec<f32>) = (numbers(n, seed + 4), numbers(n, seed + 5).iter().map(|v| v * v).collect());
        let affine = |h: &[f64], g: &[f64], b: &[f64]| -> Vec<f64> {
            h.iter().enumerate().map(|(i, h)| if scaled { h * g[i % n] + b[i % n] } else { *h }).collect()
        };
        let layer = |x: &[f64], g: &[f64], b: &[f64]| affine(&rows(x, n, |r| standard(r, f64::from(epsilon))), g, b);
        let batch = |x: &[f64], g: &[f64], b: &[f64]| {
            let mut h = vec![0.0; x.len()];
            for j in 0..n {
                let column: Vec<f64> = x.iter().skip(j).step_by(n).copied().collect();
                let out = if training {
                    standard(&column, f64::from(epsilon))
                } else {
                    let k = (f64::from(given.1[j]) + f64::from(epsilon)).sqrt();
                    column.iter().map(|x| (x - f64::from(given.0[j])) / k).collect()
                };
                out.iter().enumerate().for_each(|(i, v)| h[i * n + j] = *v);
            }
            affine(&h, g, b)
        };
        let (wx, wg, wb) = (wide(&x), wide(&gamma), wide(&beta));
        type Layer<'a> = &'a dyn Fn(&[f64], &[f64], &[f64]) -> Vec<f64>;
        let gradients = |f: Layer| {
            [
                numeric(&wx, |x| dot(&f(x, &wg, &wb), &dy)),
                numeric(&wg, |g| dot(&f(&wx, g, &wb), &dy)),
                numeric(&wb, |b| dot(&f(&wx, &wg, b), &dy)),
            ]
        };
        let (ly, by) = (layer(&wx, &wg, &wb), batch(&wx, &wg, &wb));
        let (ld, bd) = (gradients(&layer), gradients(&batch));
        on_every_path(|| {
            let (mut y, mut saved, mut dx) = (vec![9.0; x.len()], vec![9.0; 2 * count], vec![9.0; x.len()]);
            let (mut dg, mut db) = (vec![9.0; n], vec![9.0; n]);
            layer_norm(&x, g, b, epsilon, &mut y, &mut saved);
            close("layer", &y, &ly, 1e-4);
            layer_norm_backward(&x, g, &saved, &dy, &mut dx, &mut dg, &mut db);
            close("layer dx", &dx, &ld[0], 3e-4);
            if scaled {
                close("layer dgamma", &dg, &ld[1], 3e-4);
                close("layer dbeta", &db, &ld[2], 3e-4);
            }
            let (mut mean, mut variance) = given.clone();
            if training {
                moments(&x, &mut mean, &mut variance);
            }
            normalize(&x, &mean, &variance, g, b, epsilon, &mut y);
            close("batch", &y, &by, 1e-4);
            normalize_backward(training, &x, &mean, &variance, g, epsilon, &dy, Some(&mut dx), &mut dg, &mut db);
            close("batch dx", &dx, &bd[0], 3e-4);
            if scaled {
                close("batch dgamma", &dg, &bd[1], 3e-4);
                close("batch dbeta", &db, &bd[2], 3e-4);
            }
        });
    }

    #[test]
    fn crossentropies(count in 1..6usize, classes in 1..40usize, weighted: bool, seed: u64) {
        let seed = seed >> 8;
        let logits: Vec<f32> = numbers(count * classes, seed).iter().map(|x| 5.0 * x).collect();
        let dy = numbers(count * classes, seed + 1);
        let p: Vec<f32> = numbers(count * classes, seed + 2).iter().map(|x| x.abs() + 0.01).collect();
        let labels: Vec<i64> = numbers(count, seed + 3).iter().map(|x| ((x.abs() * classes as f32) as i64).min(classes as i64 - 1)).collect();
        let soft: Vec<f32> = numbers(count * classes, seed + 4).iter().map(|x| x.abs()).collect();
        let weights = numbers(count, seed + 5);
        let weight = if weighted { Weight::Rows(&weights) } else { Weight::Same(0.5) };
        let w = |i: usize| if weighted { f64::from(weights[i]) } else { 0.5 };
        let hot: Vec<f32> = (0..count * classes).map(|i| f32::from(labels[i / classes] == (i % classes) as i64)).collect();
        let loss = |q: &[f64], y: &[f32]| -> Vec<f64> {
            q.chunks(classes).zip(y.chunks(classes)).map(|(q, y)| -dot(&q.iter().map(|q| q.ln()).collect::<Vec<_>>(), y)).collect()
        };
        let total = |l: Vec<f64>| -> f64 { l.iter().enumerate().map(|(i, l)| l * w(i)).sum() };
        let from_logits = |x: &[f64], y: &[f32]| loss(&rows(x, classes, softmax_of), y);
        let from_p = |p: &[f64], y: &[f32]| loss(&rows(p, classes, |r| {
            let sum: f64 = r.iter().sum();
            // One class alone has probability 1, which is kept below 1.
            r.iter().map(|x| (x / sum).clamp(1e-7, 1.0 - f64::from(1e-7f32))).collect()
        }), y);
        let (wl, wp) = (wide(&logits), wide(&p));
        let y = rows(&wl, classes, softmax_of);
        let dx = numeric(&wl, |x| dot(&rows(x, classes, softmax_of), &dy));
        let log = |x: &[f64]| rows(x, classes, |r| softmax_of(r).iter().map(|p| p.ln()).collect());
        let (logs, dlogs) = (log(&wl), numeric(&wl, |x| dot(&log(x), &dy)));
        let cases: Vec<_> = [(Target::Classes(&labels), &hot), (Target::Dense(&soft), &soft)]
            .into_iter()
            .map(|(target, y)| {
                let l = (from_logits(&wl, y), numeric(&wl, |x| total(from_logits(x, y))));
                let p = (from_p(&wp, y), numeric(&wp, |x| total(from_p(x, y))));
                (target, l, p)
            })
            .collect();
        on_every_path(|| {
            let (mut got, mut d) = (logits.clone(), vec![9.0; logits.len()]);
            softmax(&mut got, classes);
            close("softmax", &got, &y, 1e-6);
            softmax_backward(&got, &dy, &mut d, classes);
            close("dsoftmax", &d, &dx, 1e-5);
            got.copy_from_slice(&logits);
            log_softmax(&mut got, classes);
            close("log_softmax", &got, &logs, 1e-6);
            log_softmax_backward(&got, &dy, &mut d, classes);
            close("dlog_softmax", &d, &dlogs, 1e-5);
            let mut losses = vec![9.0; count];
            for (target, l, q) in &cases {
                crossentropy_from_logits(&logits, classes, *target, weight, &mut losses, &mut d);
                close("loss", &losses, &l.0, 1e-5);
                close("dlogits", &d, &l.1, 1e-5);
                crossentropy(&p, classes, *target, weight, &mut losses, &mut d);
                close("loss", &losses, &q.0, 1e-5);
                close("dp", &d, &q.1, 1e-4);
            }
        });
    }
}

#[test]
fn rare_activations() {
    // No point is where a function has a corner.
    let x: Vec<f32> = (0..1003).map(|i| -8.0037 + 16.0 * i as f32 / 1002.0).collect();
    let dy: Vec<f32> = x.iter().map(|x| 0.3 + 0.1 * x).collect();
    let exact = |act: Rare, x: f64| match act {
        Rare::HardShrink => {
            if x.abs() <= 0.5 {
                0.0
            } else {
                x
            }
        }
        Rare::HardTanh => x.clamp(-1.0, 1.0),
        Rare::SoftShrink => x - x.clamp(-0.5, 0.5),
        Rare::TanhShrink => x - x.tanh(),
        Rare::Squareplus => 0.5 * (x + (x * x + 4.0).sqrt()),
        Rare::SparsePlus => (x.clamp(-1.0, 1.0) + 1.0).powi(2) / 4.0 + (x - 1.0).max(0.0),
        Rare::SparseSigmoid => (x.clamp(-1.0, 1.0) + 1.0) / 2.0,
        Rare::LogSigmoid => -(-x).exp().ln_1p(),
    };
    use Rare::*;
    for act in
        [HardTanh, HardShrink, SoftShrink, TanhShrink, Squareplus, SparsePlus, SparseSigmoid, LogSigmoid]
    {
        let y: Vec<f64> = wide(&x).iter().map(|x| exact(act, *x)).collect();
        let slope = |x: f64| (exact(act, x + 1e-6) - exact(act, x - 1e-6)) / 2e-6;
        let dx: Vec<f64> = wide(&x).iter().zip(&dy).map(|(x, dy)| slope(*x) * f64::from(*dy)).collect();
        on_every_path(|| {
            let (mut got, mut d) = (x.clone(), vec![9.0; x.len()]);
            act.forward(&mut got);
            close("y", &got, &y, 1e-6);
            act.backward(&x, &dy, &mut d);
            close("dx", &d, &dx, 1e-5);
            let mut nan = [f32::NAN; 3];
            act.forward(&mut nan);
            // NaN is not beyond 0.5, as Keras has it.
            let shrinks = matches!(act, HardShrink | SoftShrink);
            assert!(nan.iter().all(|y| if shrinks { *y == 0.0 } else { y.is_nan() }), "{act:?}");
        });
    }
}

#[test]
fn no_gradient_beyond_the_clip() {
    let (mut losses, mut d) = ([0.0; 2], [9.0; 4]);
    crossentropy(
        &[1.0, 0.0, 0.25, 0.75],
        2,
        Target::Classes(&[1, 1]),
        Weight::Same(1.0),
        &mut losses,
        &mut d,
    );
    assert!((losses[0] - -(1e-7f32.ln())).abs() < 1e-5);
    assert_eq!(d[..2], [0.0, 0.0]);
    assert!(d[3] < 0.0);
}

#[test]
fn rows_of_a_layer_normalisation_are_on_their_own() {
    let ordinary = [0.5f32, -1.25, 2.0];
    for bad in [[f32::NAN, 1.0, 2.0], [f32::INFINITY, 1.0, 2.0], [3e38, 3e38, 3e38], [1e20, -1e20, 0.0]] {
        let x: Vec<f32> = [ordinary, bad, ordinary, [2f32.powi(124); 3]].concat();
        let (mut y, mut saved) = (vec![9.0; 12], vec![9.0; 8]);
        layer_norm(&x, None, None, 1e-3, &mut y, &mut saved);
        let dy: Vec<f32> = [1.0, -2.0, 0.5].repeat(4);
        let (mut dx, mut dgamma, mut dbeta) = (vec![9.0; 12], vec![9.0; 3], vec![9.0; 3]);
        layer_norm_backward(&x, None, &saved, &dy, &mut dx, &mut dgamma, &mut dbeta);
        assert_eq!((&y[..3], &dx[..3]), (&y[6..9], &dx[6..9]), "{bad:?}");
        assert!(y[..3].iter().chain(&dx[..3]).all(|v| v.is_finite()), "{bad:?}");
        // Equal numbers: only the mean of the gradients goes, over the root of epsilon.
        let inv = 1.0 / 1e-3f64.sqrt();
        for (d, dy) in dx[9..].iter().zip(&dy) {
            let want = (f64::from(*dy) - (1.0 - 2.0 + 0.5) / 3.0) * inv;
            assert!((f64::from(*d) - want).abs() < 1e-4, "{d} {want}");
        }
        // The variance of 1e20 overflows: nothing is left of that row, as in Keras.
        if bad[0] == 1e20 {
            assert!(y[3..6].iter().chain(&dx[3..6]).all(|v| *v == 0.0), "{y:?} {dx:?}");
        }
    }
}
