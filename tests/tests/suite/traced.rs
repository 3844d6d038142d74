//! Own layers: beside their formulas, and what they leave beside their outputs.

use keras_core::device::with_seed;
use keras_core::engine::{squares, without};
use keras_core::prelude::*;
use ndarray::{Array1, Array2};

/// Divides by the root of the mean square, adds to the loss.
#[derive(Default, Clone)]
struct RootMeanSquare;

fn scale<const N: usize>() -> Vec<WeightSpec> {
    vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
}

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for RootMeanSquare {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        scale::<N>()
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let y = &x * ops::rsqrt(ops::mean(ops::square(&x), -1).keepdims(true) + 0.1) * cx.weight("scale");
        cx.add_loss(ops::mean(ops::square(&y), None) * 0.3);
        Ok(y)
    }
}

fn data(rows: usize, n: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, n), |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 11.0 - 1.0)
}

fn close(a: &[f32], b: &[f32], bound: f32) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= bound * (1.0 + b.abs()), "{a} {b}");
    }
}

/// What `RootMeanSquare` with a scale of ones adds to the loss, and the gradient by its input of half the sum of squares
/// of its outputs, in `f64`.
fn by_hand(x: &[f64]) -> (Vec<f64>, f64, impl Fn(&[f64]) -> Vec<f64>) {
    let n = x.len() as f64;
    let root = (x.iter().map(|x| x * x).sum::<f64>() / n + 0.1).sqrt();
    let y: Vec<f64> = x.iter().map(|x| x / root).collect();
    let squares = y.iter().map(|y| y * y).sum();
    let x = x.to_vec();
    let back = move |dy: &[f64]| {
        let dot: f64 = dy.iter().zip(&x).map(|(dy, x)| dy * x).sum();
        dy.iter().zip(&x).map(|(dy, x)| dy / root - x * dot / (n * root.powi(3))).collect()
    };
    (y, squares, back)
}

#[test]
fn outputs_losses_and_gradients_are_those_of_the_formula() {
    let model = model!(Input(7) => RootMeanSquare);
    for rows in [1usize, 6, 33] {
        let x = data(rows, 7);
        let given = (x.clone().into_raw_vec_and_offset().0, vec![rows, 7]);
        for found in [
            squares(&model, std::slice::from_ref(&given)),
            without(|| squares(&model, std::slice::from_ref(&given))),
        ] {
            let found = found.unwrap();
            let (mut added, mut scale, mut output, mut dx) = (0.0, vec![0.0; 7], Vec::new(), Vec::new());
            for row in x.outer_iter() {
                let row: Vec<f64> = row.iter().map(|x| f64::from(*x)).collect();
                let (y, squares, back) = by_hand(&row);
                added += 0.3 * squares / (rows * 7) as f64;
                // Of the sum of squares, and of what the layer adds.
                let dy: Vec<f64> = y.iter().map(|y| 2.0 * y + 0.6 * y / (rows * 7) as f64).collect();
                scale.iter_mut().zip(dy.iter().zip(&y)).for_each(|(sum, (dy, y))| *sum += dy * y);
                dx.extend(back(&dy).into_iter().map(|x| x as f32));
                output.extend(y.into_iter().map(|y| y as f32));
            }
            assert!((found.added - added).abs() < 1e-6, "{} {added}", found.added);
            close(&found.outputs[0], &output, 1e-6);
            let scale: Vec<f32> = scale.into_iter().map(|x| x as f32).collect();
            close(found.gradients[0].as_ref().unwrap(), &scale, 1e-5);
            close(found.input_gradients[0].as_ref().unwrap(), &dx, 1e-5);
        }
    }
}

/// Counts its steps, and the mean of what it has seen.
#[derive(Default)]
struct Watch;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Watch {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("steps", Dims::fixed(&[1]), Initializer::Zeros).frozen()]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        if cx.training() {
            let steps = cx.weight("steps") + 1.0;
            cx.update("steps", steps)?;
        }
        Ok(x)
    }
}

#[test]
fn a_layer_keeps_numbers_of_its_own() {
    let mut model = model!(Input(3) => Watch => Dense(1)).compile(SGD::new(0.1), MeanSquaredError::new(), ());
    model.fit(&data(20, 3), &data(20, 1)).batch_size(5).epochs(2).verbose(0).run().unwrap();
    let steps = model.get_layer("watch").unwrap().params()[0].value().to_vec().unwrap();
    assert_eq!(steps, [8.0]);
    without(|| model.fit(&data(20, 3), &data(20, 1)).batch_size(5).epochs(1).verbose(0).run()).unwrap();
    assert_eq!(model.get_layer("watch").unwrap().params()[0].value().to_vec().unwrap(), [12.0]);
    model.predict(&data(20, 3)).unwrap();
    assert_eq!(model.get_layer("watch").unwrap().params()[0].value().to_vec().unwrap(), [12.0]);
}

#[derive(Default)]
struct Mistaken;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Mistaken {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        scale::<N>()
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * cx.weight("scales"))
    }
}

#[derive(Default)]
struct OtherShape;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for OtherShape {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(ops::sum(x, -1).build())
    }
}

#[test]
fn mistakes_are_sentences() {
    let model = model!(Input(3) => Mistaken => Dense(1));
    let error = model.predict(&data(2, 3)).unwrap_err().to_string();
    assert!(error.contains("`mistaken`") && error.contains("no weight `scales`; it has `scale`"), "{error}");
    let model = model!(Input(3) => OtherShape => Dense(1));
    let error = model.predict(&data(2, 3)).unwrap_err().to_string();
    assert!(error.contains("other_shape"), "{error}");
}

#[test]
fn one_sample_and_other_lengths() {
    let model = model!(Input(7) => RootMeanSquare);
    let x = data(5, 7);
    let all: Vec<f32> = model.predict(&x).unwrap().to_vec().unwrap();
    for (i, row) in x.outer_iter().enumerate() {
        let one = model.predict_one(&row.to_vec()).unwrap();
        close(&one, &all[7 * i..7 * i + 7], 1e-6);
    }
    let expected: Array1<f32> = {
        let row = x.row(2);
        let root = (row.mapv(|x| x * x).mean().unwrap() + 0.1).sqrt();
        row.mapv(|x| x / root)
    };
    close(&all[14..21], expected.as_slice().unwrap(), 1e-5);
}

/// Weighs each feature, and gives one step less than it gets.
#[derive(Default)]
struct Steps;

impl<B: Axis, T: Axis, const N: usize> Layer<(B, T, Len<N>)> for Steps {
    const OUTPUT: Dims = <(B, Dyn, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        scale::<N>()
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let steps = x.shape()[1];
        Ok(ops::take(x, ops::arange(1, steps as i32, 1), 1) * ops::sigmoid(cx.weight("scale")))
    }
}

/// Trains a model by kernels and by operations, and gives the losses and what it then predicts.
macro_rules! both_ways {
    ($x:expr, $y:expr, $($model:tt)*) => {{
        let run = || {
            let mut model = with_seed(5, || model!($($model)*)).compile(Adam::new(0.01), MeanSquaredError::new(), ());
            let history =
                with_seed(5, || model.fit(&$x, &$y).epochs(3).batch_size(8).shuffle(false).verbose(0).run()).unwrap();
            let after: Vec<f32> = model.predict(&$x).unwrap().to_vec().unwrap();
            (history.get("loss").unwrap().to_vec(), after)
        };
        let (planned, other) = (run(), without(run));
        for (a, b) in planned.0.iter().zip(&other.0) {
            assert!((a - b).abs() < 1e-4 * b.abs(), "{:?} {:?}", planned.0, other.0);
        }
        assert!(planned.0[2] < planned.0[0]);
        close(&planned.1, &other.1, 1e-3);
    }};
}

fn sequences(rows: usize, steps: usize, n: usize) -> ndarray::Array3<f32> {
    ndarray::Array3::from_shape_fn((rows, steps, n), |(i, t, j)| {
        ((i * 31 + t * 7 + j * 17) % 23) as f32 / 11.0 - 1.0
    })
}

#[test]
fn lengths_that_only_the_operations_know() {
    let model = model!(Input(None, 3) => Steps => GRU(4) => Dense(2));
    assert_eq!(model.predict(&sequences(2, 9, 3)).unwrap().shape(), [2, 2]);
    both_ways!(sequences(20, 6, 3), data(20, 2), Input(None, 3) => Steps => GRU(4) => Dense(2));
}

#[test]
fn a_model_of_open_length_inside_another() {
    model! { struct Inner { Input(None, 3) => Conv1D(4, 2) => Steps => Dense(5) } }
    both_ways!(sequences(20, 6, 3), data(20, 2), Input(None, 3) => Inner => LSTM(4) => Dense(2));
}

#[test]
fn operations_beside_states_and_masks() {
    let mut model = with_seed(
        5,
        || model!(Input(None, 3, batch_size = 4) => Steps => GRU(4, stateful = true) => Dense(2)),
    )
    .compile(Adam::new(0.01), MeanSquaredError::new(), ());
    let (x, y) = (sequences(4, 6, 3), data(4, 2));
    let history = model.fit(&x, &y).epochs(5).batch_size(4).shuffle(false).verbose(0).run().unwrap();
    let losses = history.get("loss").unwrap();
    assert!(losses[4] < losses[0], "{losses:?}");
    both_ways!(sequences(20, 6, 7), data(20, 2), Input(None, 7) => Masking() => TimeDistributed(RootMeanSquare) => GRU(4) => Dense(2));
}
