//! A training loop allocates nothing once it has run a first step.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use keras_kernels::activation::Act;
use keras_kernels::attention::*;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv3d::Conv3d;
use keras_kernels::dense::{Dense, DenseGradients};
use keras_kernels::depthwise::{Depthwise, DepthwiseGradients, Outcome};
use keras_kernels::join::{put, take};
use keras_kernels::norm::{GroupNorm, rms_norm, rms_norm_backward};
use keras_kernels::pool::Pool3d;
use keras_kernels::recurrent::{
    self, ConvLstm, ConvLstmGradients, ConvLstmWeights, Gru, GruGradients, GruWeights, Lstm, LstmGradients,
    LstmWeights, Sequence,
};
use keras_kernels::repeat::Repeat;
use keras_kernels::resize::{Axis, Resize};
use keras_kernels::threads;

static COUNT: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(p, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A step of a convolution of three axes, of a recurrent convolution and of groups.
fn volumes() -> impl FnMut() {
    let numbers = |n: usize| vec![0.01f32; n];
    let (image, kernel, before) = ([6, 7, 8], [3; 3], [1; 3]);
    let (stride, dilation, windows) = ([1; 3], [1; 3], image);
    let (batch, channels, filters, groups) = (2, 4, 8, 1);
    let conv = Conv3d { batch, channels, filters, image, kernel, windows, stride, dilation, before, groups };
    let states = Conv {
        batch: 1,
        image: [7, 8],
        channels: 2,
        filters: 8,
        kernel: [3, 3],
        stride: [1, 1],
        dilation: [1, 1],
        pad_height: [1, 1],
        pad_width: [1, 1],
        groups: 1,
        tiles: false,
        act: Act::Linear,
    };
    let lstm = ConvLstm {
        inputs: Conv { channels: 4, ..states },
        states,
        batch: 2,
        time: 6,
        go_backwards: false,
        sequences: true,
        act: Act::Tanh,
        recurrent_act: Act::Sigmoid,
    };
    let norm = GroupNorm { samples: 2, channels: 4, groups: 2, epsilon: 1e-3 };
    let (x, w, u, dy, b) =
        (numbers(2 * 336 * 4), numbers(27 * 32), numbers(9 * 16), numbers(2 * 336 * 8), numbers(8));
    let (mut y, mut dx, mut dw, mut db) = (dy.clone(), x.clone(), w.clone(), b.clone());
    let (mut cache, mut saved, mut kept) = (numbers(lstm.cache_len()), numbers(8), [None, None]);
    move || {
        conv.forward(&x, &w, Some(&b), true, &mut y);
        conv.images(&dy, &w, &mut dx);
        conv.kernel(&x, &dy, &mut dw);
        conv.bias(&dy, &mut db);
        norm.forward(&x, Some(&b[..4]), None, &mut y[..x.len()], &mut saved);
        let (dgamma, dbeta) = db.split_at_mut(4);
        norm.backward(&x, Some(&b[..4]), &saved, &dy[..x.len()], Some(&mut dx), dgamma, dbeta);
        let own = lstm.inputs.prepare(&w[..9 * 32], kept[0].take());
        let of_states = lstm.states.prepare(&u, kept[1].take());
        let weights = ConvLstmWeights { w: &own, u: &of_states, b: Some(&b), finite: true };
        let n = 2 * 6 * 56 * 2;
        lstm.forward(&x, weights, Some(&mut cache), &mut y[..n]);
        let to = ConvLstmGradients { dx: Some(&mut dx), db: Some(&mut db), ..Default::default() };
        lstm.backward(&x, [&w[..9 * 32], &u], &mut cache, &dy[..n], to);
        kept = [Some(own), Some(of_states)];
    }
}

/// A step of poolings, repeated and resized pixels, joined rows and a normalisation.
fn pixels() -> impl FnMut() {
    let numbers = |n: usize| vec![0.01f32; n];
    let (image, windows) = ([4, 6, 8], [2, 3, 4]);
    let pool =
        Pool3d { batch: 2, image, channels: 5, window: [2; 3], stride: [2; 3], before: [0; 3], windows };
    let repeat = Repeat { batch: 2, image: windows, times: [2; 3], channels: 5 };
    let axis = |from: usize, to: usize| Axis::of(&numbers(from * to), from, to);
    let resize = Resize::new(5, axis(24, 6), axis(8, 8));
    let (x, scale, n) = (numbers(2 * 192 * 5), numbers(5), 2 * 24 * 5);
    let (mut y, mut dx, mut saved, mut which) = (x.clone(), x.clone(), numbers(2 * 192), vec![0; n]);
    move || {
        pool.max(&x, &mut y[..n], Some(&mut which));
        pool.max_backward(&which, &y[..n], &mut dx);
        pool.average(&x, &mut y[..n]);
        pool.average_backward(&y[..n], &mut dx);
        repeat.forward(&x[..n], &mut y);
        repeat.backward(&x, &mut dx[..n]);
        resize.run(&x, &mut y[..2 * 48 * 5]);
        rms_norm(&x, &scale, 1e-6, &mut y, &mut saved);
        rms_norm_backward(&x, &scale, &saved, &y, Some(&mut dx), &mut [0.0; 5]);
        put(&x[..n], 1..6, &mut y[..n / 5 * 7], 7);
        take(&y[..n / 5 * 7], 7, 1..6, &mut dx[..n]);
    }
}

/// A step of a convolution of each channel, whose kernel has more rows, and rows of more elements, than most.
fn channels() -> impl FnMut() {
    let numbers = |n: usize| vec![0.01f32; n];
    let (image, kernel, before) = ([1, 23, 40], [1, 19, 31], [0, 9, 15]);
    let (stride, dilation, windows) = ([1; 3], [1; 3], image);
    let of = Depthwise { batch: 2, channels: 3, image, kernel, windows, stride, dilation, before };
    let (x, dy) = (numbers(2 * 23 * 40 * 3), numbers(2 * 23 * 40 * 3));
    let (mut y, mut dx, w, mut dw) = (x.clone(), x.clone(), numbers(19 * 31 * 3), numbers(19 * 31 * 3));
    move || {
        of.apply(&x, &w, None, Act::Relu, &mut y);
        let to = DepthwiseGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: None };
        of.backward(&x, &w, Outcome { act: Act::Relu, y: &y }, &dy, to);
    }
}

#[test]
fn the_second_step_allocates_nothing() {
    threads::set_threads(1);
    let numbers = |n: usize| vec![0.01f32; n];
    let size = Sequence { batch: 20, time: 5, inputs: 7, units: 30, go_backwards: false, threads: 1 };
    let x = numbers(20 * 784);
    let dense = Dense { rows: 20, inputs: 784, units: 33, act: Act::Tanh };
    let lstm = Lstm { size, act: Act::Tanh, recurrent_act: Act::Sigmoid };
    let gru = Gru { size, act: Act::Tanh, recurrent_act: Act::Sigmoid, reset_after: true };
    let conv = Conv {
        batch: 20,
        image: [28, 28],
        channels: 1,
        filters: 8,
        kernel: [3, 3],
        stride: [2, 2],
        dilation: [1, 1],
        pad_height: [1, 1],
        pad_width: [1, 1],
        groups: 1,
        tiles: true,
        act: Act::Relu,
    };
    let (w, mut dw, mut du, mut db) =
        (numbers(784 * 120), numbers(784 * 120), numbers(784 * 120), numbers(200));
    let (mut y, mut dx, mut cache) = (numbers(20 * 8 * 196), numbers(20 * 784), numbers(lstm.cache_len()));
    let dy = numbers(20 * 8 * 196);
    let looks = Attention {
        batch: 20,
        heads: 3,
        key_heads: 3,
        rows: 10,
        columns: 10,
        width: 4,
        value: 4,
        hidden: Hidden::Lowered,
    };
    let (mut volumes, mut pixels, mut channels) = (volumes(), pixels(), channels());
    let (counts, mut shares) = ([true; 200], numbers(looks.shares()));
    let mut step = || {
        let n = 20 * 33;
        dense.forward(&x, &w[..784 * 33], Some(&w[..33]), &mut y[..n], None);
        let to = DenseGradients {
            dx: Some(&mut dx),
            dw: Some(&mut dw[..784 * 33]),
            db: Some(&mut db[..33]),
            dz: None,
        };
        dense.backward(&x, &w[..784 * 33], &y[..n], &dy[..n], to);

        let (nx, n) = (20 * 5 * 7, 20 * 5 * 30);
        let given = recurrent::Given { x: &x[..nx], mask: None, h0: None };
        let weights = LstmWeights { w: &w[..7 * 120], u: &w[..30 * 120], b: Some(&w[..120]) };
        lstm.forward(given, None, weights, Some(&mut cache), &mut y[..n], None);
        let to = LstmGradients {
            dw: &mut dw[..7 * 120],
            du: &mut du[..30 * 120],
            db: &mut db[..120],
            dx: Some(&mut dx[..nx]),
            dh0: None,
            dc0: None,
        };
        lstm.backward(given, None, weights, &y[..n], &cache, Some(&dy[..n]), None, None, to);

        let weights = GruWeights { w: &w[..7 * 90], u: &w[..30 * 90], b: Some(&w[..180]) };
        let cache = &mut cache[..gru.cache_len()];
        gru.forward(given, weights, Some(cache), &mut y[..n]);
        let to = GruGradients {
            dw: &mut dw[..7 * 90],
            du: &mut du[..30 * 90],
            db: &mut db[..180],
            dx: Some(&mut dx[..nx]),
            dh0: None,
        };
        gru.backward(given, weights, &y[..n], cache, Some(&dy[..n]), None, to);

        conv.forward(&x, &w[..72], Some(&w[..8]), &mut y);
        let to = ConvGradients { dx: Some(&mut dx), dw: Some(&mut dw[..72]), db: Some(&mut db[..8]) };
        conv.backward(&x, &w[..72], &y, &dy, to);

        let n = 20 * 10 * 3 * 4;
        let mask = Mask { causal: true, columns: Some(&counts), ..Mask::default() };
        let weights = Score::Tanh { inner: 0.5, weights: &w[..4] };
        volumes();
        pixels();
        channels();
        for (score, factors) in [(Score::Dot(0.5), Some(&x[..looks.shares()])), (weights, None)] {
            let given = Given { query: &x[..n], key: &x[..n], value: &x[..n], score, mask, factors };
            looks.forward(&given, None, &mut y[..n]);
            looks.forward(&given, Some(&mut shares), &mut y[..n]);
            let to = AttentionGradients { query: Some(&mut dx[..n]), ..AttentionGradients::default() };
            looks.backward(&given, &shares, &dy[..n], None, to);
        }
    };
    step();
    step();
    let before = COUNT.load(Ordering::Relaxed);
    step();
    assert_eq!(COUNT.load(Ordering::Relaxed), before);
}
