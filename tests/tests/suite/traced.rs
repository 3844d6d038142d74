//! Own layers written in operations: beside the same layers in Burn tensors, and what they leave beside their outputs.

use keras_core::burn;
use keras_core::device::with_seed;
use keras_core::engine::{islands, squares, without};
use keras_core::prelude::*;
use ndarray::{Array1, Array2};

/// Divides by the root of the mean square, adds to the loss.
#[derive(Default, Clone)]
struct RootMeanSquare;

/// The same in Burn tensors.
#[derive(Default, Clone)]
struct RootMeanSquareBurn;

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

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for RootMeanSquareBurn {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        scale::<N>()
    }

    fn call(&self, x: burn::tensor::Tensor<2>, cx: &mut LayerContext<'_>) -> keras_core::Result<Raw> {
        let root = (x.clone().square().mean_dim(1) + 0.1).sqrt();
        let y = x / root * cx.weight::<1>(0)?.unsqueeze();
        cx.context().add_loss(y.clone().square().mean() * 0.3);
        Ok(y.into())
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

#[test]
fn outputs_and_gradients_are_those_of_burn_tensors() {
    let traced = with_seed(3, || model!(Input(7) => Dense(5) => RootMeanSquare => Dense(2)));
    let burn = with_seed(3, || model!(Input(7) => Dense(5) => RootMeanSquareBurn => Dense(2)));
    assert!(islands(&traced, &[&[6, 7]], true).is_empty());
    assert_eq!(islands(&burn, &[&[6, 7]], true).len(), 1);
    for rows in [1, 6, 33] {
        let x = (data(rows, 7).into_raw_vec_and_offset().0, vec![rows, 7]);
        let a = squares(&traced, std::slice::from_ref(&x)).unwrap().unwrap();
        let b = squares(&burn, &[x]).unwrap().unwrap();
        close(&a.outputs[0], &b.outputs[0], 1e-5);
        for (a, b) in a.gradients.iter().zip(&b.gradients) {
            close(a.as_ref().unwrap(), b.as_ref().unwrap(), 1e-4);
        }
    }
}

#[test]
fn training_goes_the_same_way() {
    let (x, y) = (data(40, 7), data(40, 2));
    macro_rules! losses {
        ($layer:ident) => {{
            let mut model = with_seed(3, || model!(Input(7) => Dense(5) => $layer => Dense(2)))
                .compile(Adam::new(0.01), MeanSquaredError::new(), ());
            let history = with_seed(3, || model.fit(&x, &y).epochs(4).batch_size(16).shuffle(false).verbose(0).run()).unwrap();
            let after: Vec<f32> = model.predict(&x).unwrap().to_vec().unwrap();
            (history.get("loss").unwrap().to_vec(), after)
        }};
    }
    let (traced, burn) = (losses!(RootMeanSquare), losses!(RootMeanSquareBurn));
    // Where the whole model runs as Burn code, the operations are a step of its tape.
    let without = without(|| losses!(RootMeanSquare));
    for traced in [traced, without] {
        for (a, b) in traced.0.iter().zip(&burn.0) {
            assert!((a - b).abs() < 1e-4 * b.abs(), "{:?} {:?}", traced.0, burn.0);
        }
        close(&traced.1, &burn.1, 1e-3);
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
    let steps = model.get_layer("watch").unwrap().params()[0].value.to_vec().unwrap();
    assert_eq!(steps, [8.0]);
    without(|| model.fit(&data(20, 3), &data(20, 1)).batch_size(5).epochs(1).verbose(0).run()).unwrap();
    assert_eq!(model.get_layer("watch").unwrap().params()[0].value.to_vec().unwrap(), [12.0]);
    model.predict(&data(20, 3)).unwrap();
    assert_eq!(model.get_layer("watch").unwrap().params()[0].value.to_vec().unwrap(), [12.0]);
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

#[derive(Default)]
struct Neither;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Neither {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;
}

#[test]
fn mistakes_are_sentences() {
    let model = model!(Input(3) => Mistaken => Dense(1));
    let error = model.predict(&data(2, 3)).unwrap_err().to_string();
    assert!(error.contains("`mistaken`") && error.contains("no weight `scales`; it has `scale`"), "{error}");
    let model = model!(Input(3) => OtherShape => Dense(1));
    let error = model.predict(&data(2, 3)).unwrap_err().to_string();
    assert!(error.contains("other_shape"), "{error}");
    let model = model!(Input(3) => Neither => Dense(1));
    let error = model.predict(&data(2, 3)).unwrap_err().to_string();
    assert!(error.contains("it has neither"), "{error}");
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

/// Trains a model with its plan and without, and gives the losses and what it then predicts.
macro_rules! both_ways {
    ($x:expr, $y:expr, $($model:tt)*) => {{
        let run = || {
            let mut model = with_seed(5, || model!($($model)*)).compile(Adam::new(0.01), MeanSquaredError::new(), ());
            let history =
                with_seed(5, || model.fit(&$x, &$y).epochs(3).batch_size(8).shuffle(false).verbose(0).run()).unwrap();
            let after: Vec<f32> = model.predict(&$x).unwrap().to_vec().unwrap();
            (history.get("loss").unwrap().to_vec(), after)
        };
        let (planned, burn) = (run(), without(run));
        for (a, b) in planned.0.iter().zip(&burn.0) {
            assert!((a - b).abs() < 1e-4 * b.abs(), "{:?} {:?}", planned.0, burn.0);
        }
        assert!(planned.0[2] < planned.0[0]);
        close(&planned.1, &burn.1, 1e-3);
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
    assert!(islands(&model, &[&[6, 5, 3]], true).is_empty());
    assert_eq!(model.predict(&sequences(2, 9, 3)).unwrap().shape(), [2, 2]);
    both_ways!(sequences(20, 6, 3), data(20, 2), Input(None, 3) => Steps => GRU(4) => Dense(2));
}

#[test]
fn a_model_of_open_length_inside_another() {
    model! { struct Inner { Input(None, 3) => Conv1D(4, 2) => Steps => Dense(5) } }
    let model = model!(Input(None, 3) => Inner => LSTM(4) => Dense(2));
    assert!(islands(&model, &[&[6, 7, 3]], true).is_empty());
    both_ways!(sequences(20, 6, 3), data(20, 2), Input(None, 3) => Inner => LSTM(4) => Dense(2));
}

#[test]
fn operations_beside_states_and_masks() {
    // A model that keeps states has no plan.
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
