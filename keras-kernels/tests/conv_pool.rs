//! A convolution with the pooling behind it against the two one after the other.

mod common;

use common::{close, numbers, on_every_path, wide};
use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv_pool::ConvPool;
use keras_kernels::pool::Pool;
use keras_kernels::threads;
use proptest::prelude::*;

/// `window` by `stride`, inside the output, or with a frame of one pixel before and after where there is room for it.
fn windows(conv: &Conv, window: [usize; 2], stride: [usize; 2], framed: bool) -> Pool {
    let image = conv.output();
    let window = std::array::from_fn(|i| window[i].min(image[i]));
    let pad = |i: usize| if framed && window[i] > 1 { [1, 1] } else { [0, 0] };
    let (pad_height, pad_width) = (pad(0), pad(1));
    Pool { batch: conv.batch, image, channels: conv.filters, window, stride, pad_height, pad_width }
}

fn check(conv: Conv, pool: Pool, seed: u64) {
    let x = numbers(conv.batch * conv.image[0] * conv.image[1] * conv.channels, seed);
    let w = numbers(conv.kernel[0] * conv.kernel[1] * conv.channels * conv.filters, seed + 1);
    let b = numbers(conv.filters, seed + 2);
    let len = |size: [usize; 2]| conv.batch * size[0] * size[1] * conv.filters;
    let (lz, ly) = (len(conv.output()), len(pool.output()));
    let dy = numbers(ly, seed + 3);
    let both = ConvPool { conv, pool };
    on_every_path(|| {
        let [mut z, mut dz] = [(); 2].map(|()| vec![9.0; lz]);
        let (mut y, mut which) = (vec![9.0; ly], vec![9; ly]);
        conv.forward(&x, &w, Some(&b), &mut z);
        pool.max(&z, &mut y, Some(&mut which));
        let [mut dx, mut dw, mut db] = [x.len(), w.len(), b.len()].map(|n| vec![9.0f32; n]);
        pool.max_backward(&which, &dy, &mut dz);
        let to = ConvGradients { dx: Some(&mut dx), dw: Some(&mut dw), db: Some(&mut db) };
        conv.backward(&x, &w, &z, &dz, to);

        let (mut got_y, mut got_which) = (vec![8.0; ly], vec![8; ly]);
        both.forward(&x, &w, Some(&b), &mut got_y, Some(&mut got_which));
        assert_eq!((&got_y, &got_which), (&y, &which));
        let mut predicted = vec![8.0; ly];
        both.forward(&x, &conv.prepare(&w, None), Some(&b), &mut predicted, None);
        assert_eq!(predicted, y, "without the gradient's memory");
        let all = |wanted: [bool; 3]| {
            let mut got = [x.len(), w.len(), b.len()].map(|n| vec![9.0f32; n]);
            let [dx, dw, db] = &mut got;
            let to = ConvGradients {
                dx: wanted[0].then_some(&mut dx[..]),
                dw: wanted[1].then_some(&mut dw[..]),
                db: wanted[2].then_some(&mut db[..]),
            };
            both.backward(&x, &w, &y, &which, &dy, to);
            got
        };
        let got = all([true; 3]);
        for ((name, got), want) in ["dx", "dw", "db"].iter().zip(&got).zip([&dx, &dw, &db]) {
            close(name, got, &wide(want), 1e-4);
        }
        // What is not asked for changes nothing else.
        for i in 0..3 {
            let only = all([0, 1, 2].map(|j| i == j));
            close("alone", &only[i], &wide(&got[i]), 1e-5);
            assert!((0..3).filter(|j| *j != i).all(|j| only[j].iter().all(|x| *x == 9.0)));
        }
    });
}

fn conv(batch: usize, image: [usize; 2], channels: usize, filters: usize, k: usize, act: Act) -> Conv {
    Conv {
        batch,
        image,
        channels,
        filters,
        kernel: [k, k],
        stride: [1, 1],
        dilation: [1, 1],
        pad_height: [k / 2, 0],
        pad_width: [0, k / 2],
        groups: 1,
        act,
        tiles: false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn agrees_with_its_parts(
        batch in 1..4usize, image in [4..10usize, 4..12usize], channels in 1..4usize, filters in 1..40usize,
        k in 1..4usize, window in [1..4usize, 1..4usize], stride in [1..4usize, 1..4usize], act in 0..4usize,
        framed: bool, seed: u64,
    ) {
        let act = [Act::Relu, Act::Linear, Act::Tanh, Act::Sigmoid][act];
        let conv = conv(batch, image, channels, filters, k, act);
        check(conv, windows(&conv, window, stride, framed), seed >> 8);
    }
}

#[test]
fn in_threads_too() {
    let conv = conv(9, [27, 18], 16, 33, 3, Act::Relu);
    for threads in [2, 3] {
        threads::set_threads(threads);
        check(conv, windows(&conv, [2, 2], [2, 2], false), 7);
    }
    threads::set_threads(0);
}

#[test]
#[should_panic(expected = "windows")]
fn windows_of_another_image() {
    let conv = conv(2, [6, 6], 1, 1, 1, Act::Relu);
    let pool = Pool { image: [5, 6], ..windows(&conv, [2, 2], [2, 2], false) };
    ConvPool { conv, pool }.forward(&numbers(72, 1), &vec![1.0; 1], None, &mut [0.0; 2 * 2 * 3], None);
}
