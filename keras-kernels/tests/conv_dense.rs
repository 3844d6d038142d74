//! A convolution with the dense layer behind it against the two one after the other.

mod common;

use common::{close, numbers, on_every_path, wide};
use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::conv_dense::{ConvDense, ConvDenseGradients, ConvDenseWeights};
use keras_kernels::dense::{Dense, DenseGradients};
use keras_kernels::threads;
use proptest::prelude::*;

fn check(pair: ConvDense, bias: bool, seed: u64, threads: usize) {
    let ConvDense { conv, units } = pair;
    let ly = conv.output().iter().product::<usize>() * conv.filters;
    let x = numbers(conv.batch * conv.image[0] * conv.image[1] * conv.channels, seed);
    let w = numbers(conv.kernel[0] * conv.kernel[1] * conv.channels / conv.groups * conv.filters, seed + 1);
    let (b, v) = (numbers(conv.filters, seed + 2), numbers(ly * units, seed + 3));
    let (c, dz) = (numbers(units, seed + 4), numbers(conv.batch * units, seed + 5));
    let weights = ConvDenseWeights {
        conv: &w,
        conv_bias: bias.then_some(&b[..]),
        dense: &v,
        dense_bias: bias.then_some(&c[..]),
    };
    let dense = Dense { rows: conv.batch, inputs: ly, units, act: Act::Linear };
    on_every_path(|| {
        // In here no other test sets their number.
        threads::set_threads(threads);
        let (mut y, mut z) = (vec![9.0; conv.batch * ly], vec![9.0; conv.batch * units]);
        conv.forward(&x, &w, weights.conv_bias, &mut y);
        dense.forward(&y, &v, weights.dense_bias, &mut z, None);
        let [mut dy, mut dv, mut dc, mut dw, mut db] =
            [y.len(), v.len(), c.len(), w.len(), b.len()].map(|n| vec![9.0; n]);
        let to = DenseGradients { dx: Some(&mut dy), dw: Some(&mut dv), db: Some(&mut dc), dz: None };
        dense.backward(&y, &v, &z, &dz, to);
        conv.backward(&x, &w, &y, &dy, ConvGradients { dx: None, dw: Some(&mut dw), db: Some(&mut db) });

        let mut got_z = vec![9.0; z.len()];
        pair.forward(&x, weights, &mut got_z);
        close("z", &got_z, &wide(&z), 1e-4);
        let all = |wanted: [bool; 4]| {
            let mut got = [v.len(), c.len(), w.len(), b.len()].map(|n| vec![9.0; n]);
            let [a, b, c, d] = &mut got;
            let to = ConvDenseGradients {
                dense: wanted[0].then_some(&mut a[..]),
                dense_bias: wanted[1].then_some(&mut b[..]),
                conv: wanted[2].then_some(&mut c[..]),
                conv_bias: wanted[3].then_some(&mut d[..]),
            };
            pair.backward(&x, weights, &dz, to);
            got
        };
        let got = all([true; 4]);
        for ((name, got), want) in ["dv", "dc", "dw", "db"].iter().zip(&got).zip([&dv, &dc, &dw, &db]) {
            close(name, got, &wide(want), 1e-4);
        }
        assert_eq!(got, all([true; 4]), "the same numbers each time");
        // What is not asked for changes nothing else.
        for i in 0..4 {
            let only = all([0, 1, 2, 3].map(|j| i == j));
            assert_eq!(only[i], got[i]);
            assert!((0..4).filter(|j| *j != i).all(|j| only[j].iter().all(|x| *x == 9.0)));
        }
        threads::set_threads(0);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn agrees_with_its_parts(
        batch in 1..5usize, image in [3..12usize, 3..12usize], channels in 1..3usize, filters in 1..5usize,
        kernel in [1..4usize, 1..4usize], stride in [1..3usize, 1..3usize], dilation in [1..3usize, 1..2usize],
        pad in [0..2usize, 0..2usize], groups in 1..3usize, units in 1..4usize, bias: bool, act in 0..4usize,
        threads in 1..4usize, seed: u64,
    ) {
        let act = [Act::Relu, Act::Linear, Act::Tanh, Act::Sigmoid][act];
        let (channels, filters) = (channels * groups, filters * groups);
        let conv = Conv {
            batch, image, channels, filters, kernel, stride, dilation, groups, act,
            pad_height: [pad[0], pad[1]], pad_width: [pad[1], pad[0]], tiles: false,
        };
        check(ConvDense { conv, units }, bias, seed >> 8, threads);
    }
}

#[test]
fn more_images_than_are_done_at_once_agree() {
    for (threads, padding) in [(1, 0), (3, 1)] {
        let conv = Conv {
            batch: 40,
            image: [9, 64],
            channels: 1,
            filters: 32,
            kernel: [3, 3],
            stride: [1, 1],
            dilation: [1, 1],
            pad_height: [padding; 2],
            pad_width: [padding; 2],
            groups: 1,
            act: Act::Relu,
            tiles: false,
        };
        check(ConvDense { conv, units: 3 }, true, 5, threads);
    }
}
