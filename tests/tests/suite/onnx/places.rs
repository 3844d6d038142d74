//! What follows from a length, and what no operator does: windows, paddings, steps through matrices, bits.

use keras_core::prelude::*;
use ndarray::ArrayD;

use super::{Asked, numbers, run};

/// Of so many windows as a length has room for, and of windows that cover an axis evenly.
#[test]
fn windows_of_sequences_of_every_length_are_found() {
    let mut asked = Asked::new();
    macro_rules! windows {
        ($([$($shape:expr),+] $operator:literal $model:expr;)+) => { $({
            let model = $model;
            asked.model(&model, &[$operator], runs!(model, $($shape),+));
        })+ };
    }
    windows! {
        [[2, 200], [1, 331]] "DFT" model!(Input(None) => MelSpectrogram(fft_length = 64, sequence_stride = 16, num_mel_bins = 8));
        [[2, 9, 3], [1, 3, 3]] "ReduceMean" model!(Input(None, 3) => AdaptiveAveragePooling1D(4));
        [[2, 9, 5, 3], [1, 17, 30, 3]] "ReduceMax" model!(Input(None, None, 3) => AdaptiveMaxPooling2D((3, 2)));
        [[2, 2, 9], [1, 2, 31], [3, 2, 3]] "Gather" model!(Input(2, None)
            => Lambda(|x: Symbolic| ops::extract_sequences(x, 3, 5), output_shape = (2, None, 3)));
        [[2, 600], [1, 256]] "Gather" model!(Input(None)
            => Lambda(|x: Symbolic| ops::extract_sequences(x, 256, 128), output_shape = (None, 256)));
        [[2, 50, 3], [1, 77, 3], [2, 5, 3]] "Mod" model!(Input(None, 3)
            => Lambda(|x: Symbolic| ops::pad(x, [(0, 0), (40, 40), (0, 0)]).mode(ops::PadMode::Reflect).build(), output_shape = (None, 3)));
        [[2, 50, 3], [1, 77, 3], [2, 5, 3]] "Mod" model!(Input(None, 3)
            => Lambda(|x: Symbolic| ops::pad(x, [(0, 0), (40, 7), (0, 0)]).mode(ops::PadMode::Symmetric).build(), output_shape = (None, 3)));
        [[2, 50, 3], [1, 77, 3], [2, 1, 3]] "Min" model!(Input(None, 3)
            => Lambda(|x: Symbolic| ops::pad(x, [(0, 0), (40, 90), (0, 0)]).mode(ops::PadMode::Edge).build(), output_shape = (None, 3)));
        [[2, 50, 3], [1, 77, 3], [2, 5, 3]] "Mod" model!(Input(None, 3)
            => Lambda(|x: Symbolic| ops::pad(x, [(0, 0), (40, 90), (0, 0)]).mode(ops::PadMode::Wrap).build(), output_shape = (None, 3)));
    }
    asked.answered();
}

/// Slices that cut long sequences alone, paddings by own elements, products of all elements so far, slices added by number.
#[test]
fn places_of_sequences_of_every_length_are_found() {
    let mut asked = Asked::new();
    macro_rules! operation {
        ($operator:literal, $($f:tt)+) => {{
            let model = model!(Input(None, 3) => Lambda($($f)+));
            asked.model(&model, &[$operator], runs!(model, [2, 4, 3], [1, 2, 3], [3, 33, 3], [2, 20, 3]));
        }};
    }
    fn first(x: &Symbolic, n: usize) -> Symbolic {
        let [batch, time, features] = **x.shape() else { unreachable!("three axes") };
        ops::slice(x, [0, 0, 0], [batch, time.min(n), features])
    }
    operation!("Slice", |x: Symbolic| ops::sum(first(&x, 3), 1), output_shape = (3,));
    operation!("Slice", |x: Symbolic| ops::sum(first(&x, 20), 1), output_shape = (3,));
    operation!(
        "Slice",
        |x: Symbolic| {
            let [batch, time, features] = **x.shape() else { unreachable!("three axes") };
            let n = time.min(3);
            ops::mean(ops::slice(x, [0, (time - n) as isize, 0], [batch, n, features]), 1)
        },
        output_shape = (3,)
    );
    operation!("TopK", |x: Symbolic| ops::median(x, 1).build(), output_shape = (3,));
    operation!("TopK", |x: Symbolic| ops::quantile(x, 0.3, 1).build(), output_shape = (3,));
    operation!("Scan", |x: Symbolic| ops::cumprod(x, 1));
    operation!("Scan", |x: Symbolic| ops::flip(ops::cumprod(x, -1), 1));
    operation!(
        "Det",
        |x: Symbolic| {
            let square = ops::matmul(ops::swapaxes(&x, 1, 2), &x);
            let (sign, log) = ops::slogdet(&square + ops::eye(3, None, 0));
            ops::stack([sign, log, ops::det(square)], -1)
        },
        output_shape = (3,)
    );
    // The gradient of elements by number adds them where they were.
    let model = model!(Input(4, 3) => Lambda(|x: Symbolic| {
        let table = ops::zeros([x.shape()[0], 2, 3]);
        let taken = ops::take(&table, ops::array(&[0, 1, 0, 1], [4]), 1);
        ops::gradients(ops::sum(taken * x, [0, 1, 2]), &[&table]).remove(0)
    }, output_shape = (2, 3)));
    asked.model(&model, &["ScatterND"], runs!(model, [2, 4, 3], [1, 4, 3]));
    asked.answered();
}

/// The steps of Gauss and Cholesky are written out, also where rows have to change places and where there is no triangle.
#[test]
fn systems_of_equations_are_written_step_by_step() {
    let mut asked = Asked::new();
    let model = model! {
        let a = Input(3, 3);
        let b = Input(3, 2);
        let solved = [a, b] => Lambda(|(a, b)| ops::solve(a, b), output_shape = (3, 2));
        let inverse = a => Lambda(|a: Symbolic| ops::inv(a), output_shape = (3, 3));
        (solved, inverse)
    };
    let a = [0.0, 2.0, 1.0, 3.0, 0.0, 0.5, 1.0, 1.0, -4.0, 1.0, 2.0, 3.0, 2.0, 4.5, 1.0, -1.0, 0.25, 2.0];
    let a = ArrayD::from_shape_vec(vec![2, 3, 3], a.to_vec()).unwrap();
    let b = numbers(&[2, 3, 2]);
    let (x, y) = model.predict((&a, &b)).unwrap();
    let found = [(x.shape(), x.to_vec().unwrap()), (y.shape(), y.to_vec().unwrap())];
    asked.model(&model, &["ArgMax"], vec![run(&[&a, &b], &found)]);

    let model = model!(Input(None, 3) => Lambda(|x: Symbolic| {
        ops::cholesky(ops::matmul(ops::swapaxes(&x, 1, 2), &x) + 0.5 * ops::eye(3, None, 0), false)
    }, output_shape = (3, 3)));
    asked.model(&model, &["Sqrt"], runs!(model, [2, 4, 3], [1, 9, 3]));

    // The second has no triangle: NaN below and 0 above, and the first keeps its own.
    let model = model!(Input(3, 3) => Lambda(|x: Symbolic| ops::cholesky(x, false)));
    let x = [4.0, 2.0, 1.0, 2.0, 5.0, 3.0, 1.0, 3.0, 6.0, 1.0, 2.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 1.0];
    let x = ArrayD::from_shape_vec(vec![2, 3, 3], x.to_vec()).unwrap();
    let y = model.predict(&x).unwrap().to_vec().unwrap();
    // numpy.linalg.cholesky of the first.
    let triangle = [2.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.5, 1.25, 2.046_338];
    assert!(y.iter().zip(triangle).all(|(y, known)| (y - known).abs() < 1e-6), "{y:?}");
    let none: Vec<bool> = y[9..].iter().map(|y| y.is_nan()).collect();
    assert_eq!(none, [true, false, false, true, true, false, true, true, true]);
    assert_eq!([y[10], y[11], y[14]], [0.0; 3]);
    // A file of JSON has no NaN.
    let model = model!(Input(3, 3) => Lambda(|x: Symbolic| {
        let y = ops::cholesky(x, false);
        ops::where_(ops::isnan(&y), -7.0, y)
    }));
    let y = model.predict(&x).unwrap();
    let numbers_found = y.to_vec().unwrap();
    assert_eq!(numbers_found[9..], [-7.0, 0.0, 0.0, -7.0, -7.0, 0.0, -7.0, -7.0, -7.0]);
    asked.model(&model, &["IsNaN"], vec![run(&[&x], &[(y.shape().to_vec(), numbers_found)])]);

    // One pair of columns for all matrices: numbers of `keras.ops.solve` 3.15 of `a (2, 3, 3)` and `b (3, 2)`.
    let model = model!(Input(3, 3) => Lambda(|x: Symbolic| {
        ops::solve(x, ops::array(&[0.0f32, 1.0, 2.0, 3.0, 4.0, 5.0], [1, 3, 2]))
    }, output_shape = (3, 2)));
    let y = model.predict(&a).unwrap();
    let found = y.to_vec().unwrap();
    let known = [
        0.785_714_3,
        1.125,
        0.357_142_87,
        0.875,
        -0.714_285_7,
        -0.75,
        -3.818_182,
        -4.254_545_7,
        2.181_818_2,
        2.545_454_7,
        -0.181_818_19,
        0.054_545_47,
    ];
    assert!(found.iter().zip(known).all(|(y, known)| (y - known).abs() < 1e-5), "{found:?}");
    asked.model(&model, &["ArgMax"], vec![run(&[&a], &[(y.shape().to_vec(), found)])]);

    let model = model!(Input(40, 40) => Lambda(|x: Symbolic| ops::inv(x)));
    let told = keras_core::files::onnx::bytes(&model).unwrap_err().to_string();
    assert!(told.starts_with("layer `lambda"), "{told}");
    assert!(told.ends_with("its steps are written for matrices of up to 32 rows; these have 40"), "{told}");
    asked.answered();
}

/// Integers of each sign, and numbers of places below 0 and beyond all bits.
#[test]
fn bits_are_written_by_arithmetic() {
    let mut asked = Asked::new();
    let model = model! {
        let a = Input(9, dtype = int32);
        let b = Input(9, dtype = int32);
        let found = [a, b] => Lambda(|(a, b)| {
            let all = [
                ops::bitwise_and(&a, &b),
                ops::bitwise_or(&a, &b),
                ops::bitwise_xor(&a, &b),
                ops::left_shift(&a, &b),
                ops::right_shift(&a, &b),
            ];
            // Both halves, which floats hold as they are.
            let halves = all.iter().flat_map(|y| [ops::bitwise_and(y, 0xffff), ops::right_shift(y, 16)]);
            ops::concatenate(halves.map(|y| ops::cast(y, ops::DType::Float32)).collect::<Vec<_>>(), -1)
        }, output_shape = (90,));
        found => Identity()
    };
    let a = [0, 1, -1, 1 << 30, i32::MIN, 12_345_678, -98_765, 65_536, -65_536];
    let b = [5, 0, 31, 1, 32, 33, -1, 16, 17];
    let [a, b] = [a, b].map(|all| ArrayD::from_shape_vec(vec![1, 9], all.to_vec()).unwrap());
    let y = model.predict((&a, &b)).unwrap();
    let given = [&a, &b].map(|x| x.mapv(|n| n as f32));
    let found = [(y.shape().to_vec(), y.to_vec().unwrap())];
    asked.model(&model, &["Mod", "Gather"], vec![run(&[&given[0], &given[1]], &found)]);
    asked.answered();
}
