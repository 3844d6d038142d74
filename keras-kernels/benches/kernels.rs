//! Times of the kernels beside the rate of the `gemm` crate on this machine: `cargo bench -p keras-kernels`.
//!
//! The smallest of many runs, since machines are busy. One thread unless `KERAS_KERNELS_THREADS` says otherwise;
//! `KERAS_KERNELS_PATH=1` takes the second best instruction set. An argument picks the benches whose name has it.

use std::hint::black_box;
use std::time::Instant;

use keras_kernels::activation::Act;
use keras_kernels::attention::{self, Attention, AttentionGradients, Hidden, Mask, Score};
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv_dense::{ConvDense, ConvDenseGradients, ConvDenseWeights};
use keras_kernels::dense::{Dense, DenseGradients};
use keras_kernels::depthwise::{Depthwise, DepthwiseGradients, Outcome};
use keras_kernels::gemm::{Matrix, gemm};
use keras_kernels::norm;
use keras_kernels::optim::Adam;
use keras_kernels::pool::Pool;
use keras_kernels::product::Start;
use keras_kernels::recurrent::{
    Given, Gru, GruGradients, GruWeights, Lstm, LstmGradients, LstmWeights, Sequence,
};
use keras_kernels::repeat::Repeat;
use keras_kernels::softmax::{Target, Weight, crossentropy_from_logits};
use keras_kernels::{simd, threads};

fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

struct Bench {
    filter: Option<String>,
    best: f64,
}

impl Bench {
    /// Runs `f`, of `flops` floating-point operations, and prints its best time.
    fn run(&self, name: &str, flops: usize, mut f: impl FnMut()) -> f64 {
        if self.filter.as_ref().is_some_and(|x| !name.contains(x.as_str())) {
            return 0.0;
        }
        let (mut best, began, mut runs) = (f64::MAX, Instant::now(), 0);
        while runs < 20 || began.elapsed().as_secs_f64() < 0.4 {
            let start = Instant::now();
            f();
            best = best.min(start.elapsed().as_secs_f64());
            runs += 1;
        }
        let rate = flops as f64 / best / 1e9;
        let part = if self.best > 0.0 {
            format!("{:5.0}% of gemm", 100.0 * rate / self.best)
        } else {
            String::new()
        };
        println!("{name:44} {:10.2} us {rate:8.1} GFLOP/s {part}", best * 1e6);
        rate
    }
}

fn ones(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 100.0).collect()
}

fn theirs(m: usize, n: usize, k: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    // SAFETY: row-major (m, k), (k, n) and (m, n).
    unsafe {
        let (a, b, c) = (a.as_ptr(), b.as_ptr(), c.as_mut_ptr());
        let (n_, k_) = (n as isize, k as isize);
        let none = gemm::Parallelism::None;
        gemm::gemm(m, n, k, c, 1, n_, false, a, 1, k_, b, 1, n_, 0.0, 1.0, false, false, false, none);
    }
}

fn main() {
    threads::set_threads(setting("KERAS_KERNELS_THREADS").unwrap_or(1));
    simd::force(setting("KERAS_KERNELS_PATH"));
    let path = simd::path();
    let filter = std::env::args().skip(1).find(|x| !x.starts_with('-'));
    let mut bench = Bench { filter: None, best: 0.0 };
    println!("{} lanes, {} threads", path.lanes(), threads::threads());
    {
        let (a, b, mut c) = (ones(512 * 512), ones(512 * 512), ones(512 * 512));
        let flops = 2 * 512 * 512 * 512;
        bench.best = bench.run("the gemm crate 512x512x512", flops, || theirs(512, 512, 512, &a, &b, &mut c));
        black_box(&c);
    }
    bench.filter = filter;
    for (m, k, n) in [
        (32, 784, 128),
        (32, 64, 256),
        (32, 128, 10),
        (1, 784, 128),
        (1, 64, 256),
        (200, 200, 200),
        (512, 512, 512),
        (1024, 1024, 1024),
        (64, 256, 1024),
        (4096, 256, 1024),
        (256, 4096, 1024),
    ] {
        let (a, b, mut c) = (ones(m * k), ones(k * n), ones(m * n));
        let flops = 2 * m * k * n;
        bench.run(&format!("gemm crate {m}x{k}x{n}"), flops, || theirs(m, n, k, &a, &b, &mut c));
        let (x, y) = (Matrix::new(&a, k), Matrix::new(&b, n));
        bench.run(&format!("gemm {m}x{k}x{n}"), flops, || {
            gemm(path, m, n, k, x, y, Start::Zero, false, &mut c, n)
        });
        let y = Matrix::t(&b, k);
        bench.run(&format!("gemm {m}x{k}x{n} B transposed"), flops, || {
            gemm(path, m, n, k, x, y, Start::Zero, false, &mut c, n)
        });
        let (x, y) = (Matrix::t(&a, m), Matrix::new(&b, n));
        bench.run(&format!("gemm {m}x{k}x{n} A transposed"), flops, || {
            gemm(path, m, n, k, x, y, Start::Zero, false, &mut c, n)
        });
    }
    layers(&bench);
}

fn layers(bench: &Bench) {
    dense(bench);
    recurrent(bench);
    conv_and_dense(bench);
    convolutions(bench);
    looks(bench);
    others(bench);
}

fn dense(bench: &Bench) {
    for (rows, inputs, units) in
        [(32, 784, 128), (32, 128, 10), (1, 784, 128), (32, 123_008, 10), (1, 123_008, 10)]
    {
        let d = Dense { rows, inputs, units, act: Act::Relu };
        let (x, w, b, mut y, dy) =
            (ones(rows * inputs), ones(inputs * units), ones(units), ones(rows * units), ones(rows * units));
        let (mut dx, mut dw, mut db) = (x.clone(), w.clone(), b.clone());
        let flops = 2 * rows * inputs * units;
        let name = format!("dense {rows}x{inputs}x{units}");
        bench.run(&format!("{name} forward"), flops, || d.forward(&x, &w, Some(&b), &mut y, None));
        bench.run(&format!("{name} backward dw db"), flops, || {
            d.backward(
                &x,
                &w,
                &y,
                &dy,
                DenseGradients { dx: None, dw: Some(&mut dw), db: Some(&mut db), dz: None },
            );
        });
        bench.run(&format!("{name} backward dx dw db"), 2 * flops, || {
            let to = DenseGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: Some(&mut db), dz: None };
            d.backward(&x, &w, &y, &dy, to);
        });
    }
}

fn recurrent(bench: &Bench) {
    let sizes = [
        (32, 20, 50, 64),
        (32, 20, 64, 32),
        (1, 20, 50, 64),
        (1, 40, 64, 32),
        (64, 64, 256, 256),
        (1, 64, 256, 256),
        (64, 32, 128, 128),
        (256, 20, 50, 64),
    ];
    for (batch, time, inputs, units) in sizes {
        let size = Sequence { batch, time, inputs, units, go_backwards: false, threads: 1 };
        lstm(bench, size);
        for reset_after in [true, false] {
            gru(bench, size, reset_after);
        }
    }
}

/// Operations of a gate of all steps.
fn flops_of_gate(size: &Sequence) -> usize {
    2 * size.batch * size.time * (size.inputs + size.units) * size.units
}

fn lstm(bench: &Bench, size: Sequence) {
    let Sequence { batch, time, inputs, units, .. } = size;
    let n = 4 * units;
    let (x, w, u, b) = (ones(batch * time * inputs), ones(inputs * n), ones(units * n), ones(n));
    let (mut hs, dy) = (ones(batch * time * units), ones(batch * time * units));
    let (mut dx, mut dw, mut du, mut db) = (x.clone(), w.clone(), u.clone(), b.clone());
    let given = Given { x: &x, mask: None, h0: None };
    let (flops, of_inputs) = (4 * flops_of_gate(&size), 2 * batch * time * inputs * n);
    let name = format!("lstm {batch}x{time}x{inputs}->{units}");
    let l = Lstm { size, act: Act::Tanh, recurrent_act: Act::Sigmoid };
    let weights = LstmWeights { w: &w, u: &u, b: Some(&b) };
    let mut cache = ones(l.cache_len());
    bench.run(&format!("{name} forward"), flops, || {
        l.forward(given, None, weights, Some(&mut cache), &mut hs, None);
    });
    let mut backward = |dx: Option<&mut [f32]>| {
        let to = LstmGradients { dw: &mut dw, du: &mut du, db: &mut db, dx, dh0: None, dc0: None };
        l.backward(given, None, weights, &hs, &cache, Some(&dy), None, None, to);
    };
    bench.run(&format!("{name} backward dw"), 2 * flops - of_inputs, || backward(None));
    bench.run(&format!("{name} backward dx dw"), 2 * flops, || backward(Some(&mut dx)));
}

fn gru(bench: &Bench, size: Sequence, reset_after: bool) {
    let Sequence { batch, time, inputs, units, .. } = size;
    let n = 3 * units;
    let (x, w, u) = (ones(batch * time * inputs), ones(inputs * n), ones(units * n));
    let b = ones(if reset_after { 2 * n } else { n });
    let (mut hs, dy) = (ones(batch * time * units), ones(batch * time * units));
    let (mut dx, mut dw, mut du, mut db) = (x.clone(), w.clone(), u.clone(), b.clone());
    let given = Given { x: &x, mask: None, h0: None };
    let flops = 3 * flops_of_gate(&size);
    let before = if reset_after { "" } else { " reset before" };
    let name = format!("gru {batch}x{time}x{inputs}->{units}{before}");
    let g = Gru { size, act: Act::Tanh, recurrent_act: Act::Sigmoid, reset_after };
    let weights = GruWeights { w: &w, u: &u, b: Some(&b) };
    let mut cache = ones(g.cache_len());
    bench.run(&format!("{name} forward"), flops, || {
        g.forward(given, weights, Some(&mut cache), &mut hs);
    });
    bench.run(&format!("{name} backward dx dw"), 2 * flops, || {
        let to = GruGradients { dw: &mut dw, du: &mut du, db: &mut db, dx: Some(&mut dx), dh0: None };
        g.backward(given, weights, &hs, &cache, Some(&dy), None, to);
    });
}

fn conv_and_dense(bench: &Bench) {
    let conv = Conv {
        batch: 32,
        image: [64, 64],
        channels: 3,
        filters: 32,
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        pad_height: [0, 0],
        pad_width: [0, 0],
        groups: 1,
        act: Act::Relu,
        tiles: false,
    };
    let pair = ConvDense { conv, units: 10 };
    let ly = 62 * 62 * 32;
    let (x, w, b, v) = (ones(32 * 64 * 64 * 3), ones(9 * 3 * 32), ones(32), ones(ly * 10));
    let (mut z, dz) = (ones(320), ones(320));
    let (mut dw, mut db, mut dv, mut dc) = (w.clone(), b.clone(), v.clone(), ones(10));
    let weights =
        ConvDenseWeights { conv: &w, conv_bias: Some(&b), dense: &v, dense_bias: Some(&dc.clone()) };
    let flops = 2 * 32 * ly * (27 + 10);
    bench.run("conv and dense forward", flops, || pair.forward(&x, weights, &mut z));
    bench.run("conv and dense backward dense", 2 * 32 * ly * 10, || {
        let to = ConvDenseGradients { dense: Some(&mut dv), ..Default::default() };
        pair.backward(&x, weights, &dz, to);
    });
    bench.run("conv and dense backward", flops + 2 * 32 * ly * 10, || {
        let to = ConvDenseGradients {
            conv: Some(&mut dw),
            conv_bias: Some(&mut db),
            dense: Some(&mut dv),
            dense_bias: Some(&mut dc),
        };
        pair.backward(&x, weights, &dz, to);
    });
}

fn convolutions(bench: &Bench) {
    let sizes = [(32, 28, 1, 32), (32, 13, 32, 64), (32, 64, 3, 32), (1, 28, 1, 32), (1, 64, 3, 32)];
    for (batch, side, channels, filters) in sizes {
        for pad in [0, 1] {
            let c = Conv {
                batch,
                image: [side, side],
                channels,
                filters,
                kernel: [3, 3],
                stride: [1, 1],
                dilation: [1, 1],
                pad_height: [pad, pad],
                pad_width: [pad, pad],
                groups: 1,
                act: Act::Relu,
                tiles: false,
            };
            let [oh, ow] = c.output();
            let (x, w, b) =
                (ones(batch * side * side * channels), ones(9 * channels * filters), ones(filters));
            let (mut y, dy) = (ones(batch * oh * ow * filters), ones(batch * oh * ow * filters));
            let (mut dx, mut dw, mut db) = (x.clone(), w.clone(), b.clone());
            let flops = 2 * batch * oh * ow * 9 * channels * filters;
            let name = format!("conv3 {batch}x{side}x{side}x{channels}->{filters} pad {pad}");
            bench.run(&format!("{name} forward"), flops, || c.forward(&x, &w, Some(&b), &mut y));
            if batch == 1 {
                continue;
            }
            bench.run(&format!("{name} backward dw"), flops, || {
                let to = ConvGradients { dx: None, dw: Some(&mut dw), db: Some(&mut db) };
                c.backward(&x, &w, &y, &dy, to);
            });
            bench.run(&format!("{name} backward dx dw"), 2 * flops, || {
                let to = ConvGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: Some(&mut db) };
                c.backward(&x, &w, &y, &dy, to);
            });
        }
    }
}

fn looks(bench: &Bench) {
    for (batch, heads, steps, width) in [(32, 4, 32, 16), (1, 4, 32, 16), (8, 8, 128, 64), (1, 8, 512, 64)] {
        let sizes = Attention {
            batch,
            heads,
            key_heads: heads,
            rows: steps,
            columns: steps,
            width,
            value: width,
            hidden: Hidden::Replaced,
        };
        let x = ones(batch * steps * heads * width);
        let (mut y, mut shares) = (x.clone(), ones(sizes.shares()));
        let (mut dq, mut dk, mut dv) = (x.clone(), x.clone(), x.clone());
        let (score, mask) = (Score::Dot(0.25), Mask { causal: true, ..Mask::default() });
        let given = attention::Given { query: &x, key: &x, value: &x, score, mask, factors: None };
        let flops = 4 * sizes.shares() * width;
        let name = format!("attention {batch}x{heads}x{steps}x{width}");
        bench.run(&format!("{name} forward"), flops, || sizes.forward(&given, None, &mut y));
        sizes.forward(&given, Some(&mut shares), &mut y);
        bench.run(&format!("{name} backward"), 2 * flops, || {
            let to = AttentionGradients {
                query: Some(&mut dq),
                key: Some(&mut dk),
                value: Some(&mut dv),
                score: None,
            };
            sizes.backward(&given, &shares, &x, None, to);
        });
    }
}

/// What mostly moves memory.
fn pixels(bench: &Bench) {
    let (batch, image, c) = (16, [1, 32, 32], 64);
    let n = batch * 32 * 32 * c;
    let (x, mut y, mut dx) = (ones(n), ones(4 * n), ones(n));
    let repeat = Repeat { batch, image, times: [1, 2, 2], channels: c };
    bench.run("repeat 16x32x32x64 twice forward", 4 * n, || repeat.forward(&x, &mut y));
    bench.run("repeat 16x32x32x64 twice backward", 4 * n, || repeat.backward(&y, &mut dx));
    let (kernel, stride, dilation) = ([1, 3, 3], [1; 3], [1; 3]);
    let of =
        Depthwise { batch, channels: c, image, kernel, windows: image, stride, dilation, before: [0, 1, 1] };
    let (w, mut dw) = (ones(9 * c), ones(9 * c));
    bench.run("depthwise 3x3 16x32x32x64 forward", 18 * n, || of.forward(&x, &w, &mut y[..n]));
    bench.run("depthwise 3x3 16x32x32x64 backward", 36 * n, || {
        let to = DepthwiseGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: None };
        of.backward(&x, &w, Outcome { act: Act::Linear, y: &[] }, &y[..n], to);
    });
    let rows = n / c;
    let (scale, mut saved) = (ones(c), ones(2 * rows));
    bench.run("rms norm 16384x64 forward", n, || {
        norm::rms_norm(&x, &scale, 1e-6, &mut y[..n], &mut saved[..rows]);
    });
    bench.run("rms norm 16384x64 backward", n, || {
        let to = (Some(&mut dx[..]), &mut dw[..c]);
        norm::rms_norm_backward(&x, &scale, &saved[..rows], &y[..n], to.0, to.1);
    });
    bench.run("layer norm 16384x64 forward", n, || {
        norm::layer_norm(&x, Some(&scale), Some(&scale), 1e-3, &mut y[..n], &mut saved);
    });
}

fn others(bench: &Bench) {
    pixels(bench);
    let (batch, side, channels) = (32, 26, 32);
    let pool = Pool {
        batch,
        image: [side, side],
        channels,
        window: [2, 2],
        stride: [2, 2],
        pad_height: [0, 0],
        pad_width: [0, 0],
    };
    let n = batch * side * side * channels;
    let (x, mut y, mut which, mut dx) = (ones(n), ones(n / 4), vec![0; n / 4], ones(n));
    bench.run("max pool 2x2 32x26x26x32 forward", n, || pool.max(&x, &mut y, Some(&mut which)));
    bench.run("max pool 2x2 32x26x26x32 backward", n, || pool.max_backward(&which, &y, &mut dx));
    bench.run("average pool 2x2 32x26x26x32 forward", n, || pool.average(&x, &mut y));
    bench.run("average pool 2x2 32x26x26x32 backward", n, || pool.average_backward(&y, &mut dx));
    let (mut y, mut mean, mut variance) = (x.clone(), ones(channels), ones(channels));
    let (gamma, mut dg, mut db) = (ones(channels), ones(channels), ones(channels));
    bench.run("batch norm 32x26x26x32 forward", n, || {
        norm::moments(&x, &mut mean, &mut variance);
        norm::normalize(&x, &mean, &variance, Some(&gamma), Some(&gamma), 1e-3, &mut y);
    });
    bench.run("batch norm 32x26x26x32 backward", n, || {
        let g = Some(&gamma[..]);
        norm::normalize_backward(true, &x, &mean, &variance, g, 1e-3, &y, Some(&mut dx), &mut dg, &mut db);
    });
    let n = 640 * 64;
    let (gamma, mut saved, mut dg, mut db) = (ones(64), ones(1280), ones(64), ones(64));
    bench.run("layer norm 640x64 forward", n, || {
        norm::layer_norm(&x[..n], Some(&gamma), Some(&gamma), 1e-3, &mut y[..n], &mut saved);
    });
    bench.run("layer norm 640x64 backward", n, || {
        let g = Some(&gamma[..]);
        norm::layer_norm_backward(&x[..n], g, &saved, &y[..n], &mut dx[..n], &mut dg, &mut db);
    });
    let (classes, mut losses) = (vec![3; 32], ones(32));
    bench.run("softmax crossentropy 32x10 loss and gradient", 320, || {
        let (t, w) = (Target::Classes(&classes), Weight::Same(1.0 / 32.0));
        crossentropy_from_logits(&x[..320], 10, t, w, &mut losses, &mut y[..320]);
    });
    let adam = Adam { learning_rate: 1e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 };
    for n in [32_000, 101_770] {
        let (mut p, g, mut m, mut v) = (ones(n), ones(n), vec![0.0; n], vec![0.0; n]);
        bench.run(&format!("adam {n}"), n, || adam.step(1, &mut p, &g, &mut m, &mut v));
    }
    for (name, act) in
        [("relu", Act::Relu), ("sigmoid", Act::Sigmoid), ("tanh", Act::Tanh), ("softplus", Act::Softplus)]
    {
        let mut y = ones(4096);
        bench.run(&format!("{name} 4096"), 4096, || {
            y.copy_from_slice(&x[..4096]);
            act.forward(&mut y);
        });
    }
}
