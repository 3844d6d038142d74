use proptest::prelude::*;

use super::{Depthwise, DepthwiseGradients, Outcome};
use crate::activation::Act;
use crate::conv3d::Conv3d;
use crate::conv3d::tests::{axis, close, defined, numbers, wide};
use crate::simd::of_test::on;

/// The same by another kernel's name.
fn as_conv3d(of: &Depthwise) -> Conv3d {
    let Depthwise { batch, channels, image, kernel, windows, stride, dilation, before } = *of;
    Conv3d {
        batch,
        channels,
        filters: channels,
        image,
        kernel,
        windows,
        stride,
        dilation,
        before,
        groups: channels,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn sums_are_as_defined(
        ([z, y], x) in ([axis(), axis()], prop_oneof![axis(), wide()]), batch in 0usize..3, channels in 1usize..40, flat in any::<bool>(), set in 0usize..4,
    ) {
        let z = if flat { [1, 1, 1, 1, 0, 1] } else { z };
        let each = |i: usize| [z[i], y[i], x[i]];
        let of = Depthwise {
            batch, channels, image: each(0), kernel: each(1), stride: each(2), dilation: each(3), before: each(4),
            windows: each(5),
        };
        let (images, w, dy) = (numbers(of.pixels(), 1), numbers(of.weights(), 2), numbers(of.results(), 3));
        let [wanted_y, wanted_dx, wanted_dw] = defined(&as_conv3d(&of), &images, &w, &dy);
        // Whatever lay there before.
        let (mut found_y, mut found_dx, mut found_dw) =
            (vec![7.0; dy.len()], vec![7.0; images.len()], vec![7.0; w.len()]);
        on(set, || {
            of.forward(&images, &w, &mut found_y);
            of.images(&dy, &w, &mut found_dx);
            of.kernel(&images, &dy, &mut found_dw);
        });
        prop_assert!(close(&found_y, &wanted_y), "results of {of:?}");
        prop_assert!(close(&found_dx, &wanted_dx), "images of {of:?}");
        prop_assert!(close(&found_dw, &wanted_dw), "kernel of {of:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Bias and activation on the way give what they give one after the other, to the bit but for sums over samples.
    #[test]
    fn bias_and_activation_are_as_apart(
        ([z, y], x) in ([axis(), axis()], prop_oneof![axis(), wide()]),
        (batch, channels, flat, set) in (0usize..70, 1usize..40, any::<bool>(), 0usize..4),
        (act, wild) in (0usize..4, prop::option::of((any::<prop::sample::Index>(), 0usize..6))),
    ) {
        let z = if flat { [1, 1, 1, 1, 0, 1] } else { z };
        let each = |i: usize| [z[i], y[i], x[i]];
        let batch = if each(0).iter().product::<usize>() * channels > 3000 { batch % 3 } else { batch };
        let of = Depthwise {
            batch, channels, image: each(0), kernel: each(1), stride: each(2), dilation: each(3), before: each(4),
            windows: each(5),
        };
        let act = [Act::Linear, Act::Relu, Act::Sigmoid, Act::Relu6][act];
        let (mut images, w, b) = (numbers(of.pixels(), 1), numbers(of.weights(), 2), numbers(channels, 3));
        let dy = numbers(of.results(), 4);
        if let (Some((at, which)), false) = (wild, images.is_empty()) {
            let value = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-41, f32::MAX, f32::MIN][which];
            let n = images.len();
            images[at.index(n)] = value;
        }
        let (mut apart, mut found) = (vec![7.0; dy.len()], vec![7.0; dy.len()]);
        let (mut dz, mut wanted) = (vec![7.0; dy.len()], [images.clone(), w.clone()]);
        let mut gradients = [vec![7.0; images.len()], vec![7.0; w.len()], vec![7.0; channels]];
        on(set, || {
            of.forward(&images, &w, &mut apart);
            apart.iter_mut().zip(b.iter().cycle()).for_each(|(y, b)| *y += b);
            act.forward(&mut apart);
            of.apply(&images, &w, Some(&b), act, &mut found);
            act.backward(&apart, &dy, &mut dz);
            of.images(&dz, &w, &mut wanted[0]);
            of.kernel(&images, &dz, &mut wanted[1]);
            let [dx, dw, db] = gradients.each_mut().map(|to| Some(&mut to[..]));
            of.backward(&images, &w, Outcome { act, y: &found }, &dy, DepthwiseGradients { dx, dw, db });
        });
        let bits = |x: &[f32]| x.iter().map(|x| if x.is_nan() { 1 } else { x.to_bits() }).collect::<Vec<u32>>();
        prop_assert!(bits(&found) == bits(&apart), "results of {of:?}");
        prop_assert!(bits(&gradients[0]) == bits(&wanted[0]), "images of {of:?}");
        prop_assert!(bits(&gradients[1]) == bits(&wanted[1]), "kernel of {of:?}");
        for (channel, db) in gradients[2].iter().enumerate() {
            let sum: f64 = dz.iter().skip(channel).step_by(channels).map(|d| f64::from(*d)).sum();
            prop_assert!(sum.is_nan() == db.is_nan(), "bias of {of:?}");
            prop_assert!(sum.is_nan() || (f64::from(*db) - sum).abs() <= 1e-4 * sum.abs().max(1.0), "bias of {of:?}");
        }
    }
}

#[test]
fn numbers_that_are_none_stay_in_their_channel() {
    let of = Depthwise {
        batch: 1,
        channels: 19,
        image: [1, 5, 9],
        kernel: [1, 3, 3],
        windows: [1, 5, 9],
        stride: [1; 3],
        dilation: [1; 3],
        before: [0, 1, 1],
    };
    let (mut x, w) = (numbers(of.pixels(), 1), numbers(of.weights(), 2));
    x[19 * 13 + 4] = f32::NAN;
    x[19 * 13 + 17] = f32::INFINITY;
    let mut y = vec![0.0; of.results()];
    of.forward(&x, &w, &mut y);
    for (i, y) in y.iter().enumerate() {
        let (channel, [row, column]) = (i % 19, [i / 19 / 9, i / 19 % 9]);
        // Pixel 13 is in row 1, column 4.
        let near = row <= 2 && (3..=5).contains(&column);
        assert_eq!(y.is_nan(), near && channel == 4, "{i}: {y}");
        assert_eq!(y.is_infinite(), near && channel == 17, "{i}: {y}");
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let of = Depthwise {
        batch: 4,
        channels: 48,
        image: [1, 40, 41],
        kernel: [1, 3, 5],
        windows: [1, 40, 41],
        stride: [1; 3],
        dilation: [1; 3],
        before: [0, 1, 2],
    };
    let (x, w, dy) = (numbers(of.pixels(), 1), numbers(of.weights(), 2), numbers(of.results(), 3));
    let run = |threads: usize| {
        let _threads = crate::threads::with_threads(threads);
        let (mut y, mut dx, mut dw) = (vec![0.0; dy.len()], vec![0.0; x.len()], vec![0.0; w.len()]);
        of.forward(&x, &w, &mut y);
        of.images(&dy, &w, &mut dx);
        of.kernel(&x, &dy, &mut dw);
        [y, dx, dw].concat().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let one = run(1);
    for threads in [2, 3, 7] {
        assert!(run(threads) == one, "{threads} threads");
    }
}
