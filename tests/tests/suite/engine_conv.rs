//! Layers of images and merging layers by kernels, against their operations.

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_core::tensor::{IntoInputs, IntoTargets, Shapes};
use keras_core::training::TargetOf;
use keras_core::training::losses::{Losses, MetricsFor};
use ndarray::{ArrayD, IxDyn};

use super::engine::{near, noise, shake, values};

fn array(shape: &[usize], seed: usize) -> &'static ArrayD<f32> {
    let numbers = noise(shape.iter().product(), seed);
    Box::leak(Box::new(ArrayD::from_shape_vec(IxDyn(shape), numbers).expect("a shape")))
}

#[track_caller]
fn close(what: &str, found: &[f32], wanted: &[f32]) {
    near(what, found, wanted, 1e-5);
}

/// Numbers of which many are equal.
fn coarse(shape: &[usize], seed: usize) -> &'static ArrayD<f32> {
    Box::leak(Box::new(array(shape, seed).mapv(|x| (x * 2.0).round())))
}

/// What a model gives and how it learns: predictions, loss, gradients, and the weights after steps of each kind.
struct Run {
    prediction: Vec<f32>,
    loss: f64,
    gradients: Vec<Option<Vec<f32>>>,
    stepped: Vec<Vec<f32>>,
    weighted: Vec<Vec<f32>>,
}

/// A fit with sample weights, for which the data must be known to live as long as the model.
type Fit<'a, M> = &'a dyn Fn(&mut Compiled<M, MeanSquaredError>, &ArrayD<f32>, &[f32]);

fn run<M, X>(make: &impl Fn() -> M, x: X, fit: Fit<'_, M>) -> Run
where
    M: Model,
    X: IntoInputs<'static, M::Inputs> + Copy,
    MeanSquaredError: Losses<M::Outputs>,
    &'static ArrayD<f32>: IntoTargets<'static, TargetOf<M, MeanSquaredError>>,
    M::Outputs: Shapes<Tensors = Tensor<M::Output>>,
    (): MetricsFor<M::Outputs>,
{
    let compile = || {
        let mut model = make().compile(SGD::new(0.1), MeanSquaredError::new(), ());
        shake(&mut *model);
        model
    };
    let mut model = compile();
    let predicted = model.predict(x).expect("a prediction");
    let shape = predicted.shape();
    let y = array(&shape, 3);
    let (loss, gradients) = model.gradients(x, y).expect("gradients");
    let gradients = gradients.iter().map(|g| Some(g.as_ref()?.to_vec().expect("numbers"))).collect();
    for _ in 0..3 {
        model.train_on_batch(x, y).expect("a step");
    }
    let stepped = values(&*model);
    let mut model = compile();
    let weight: Vec<f32> = noise(shape[0], 7).iter().map(|w| w.abs()).collect();
    fit(&mut model, y, &weight);
    let prediction = predicted.to_vec().expect("numbers");
    Run { prediction, loss, gradients, stepped, weighted: values(&*model) }
}

/// A model by the kernels of its layers against the same model by their operations.
#[track_caller]
fn compare<M, X>(name: &str, make: impl Fn() -> M, x: X, fit: Fit<'_, M>)
where
    M: Model,
    X: IntoInputs<'static, M::Inputs> + Copy,
    MeanSquaredError: Losses<M::Outputs>,
    &'static ArrayD<f32>: IntoTargets<'static, TargetOf<M, MeanSquaredError>>,
    M::Outputs: Shapes<Tensors = Tensor<M::Output>>,
    (): MetricsFor<M::Outputs>,
{
    let found = run(&make, x, fit);
    let wanted = without(|| run(&make, x, fit));
    close(&format!("{name}: prediction"), &found.prediction, &wanted.prediction);
    close(&format!("{name}: loss"), &[found.loss as f32], &[wanted.loss as f32]);
    assert_eq!(found.gradients.len(), wanted.gradients.len(), "{name}");
    for (i, (f, w)) in found.gradients.iter().zip(&wanted.gradients).enumerate() {
        assert_eq!(f.is_some(), w.is_some(), "{name}: gradient {i}");
        let (f, w) = (f.as_deref().unwrap_or_default(), w.as_deref().unwrap_or_default());
        close(&format!("{name}: gradient {i}"), f, w);
    }
    for (i, (f, w)) in found.stepped.iter().zip(&wanted.stepped).enumerate() {
        close(&format!("{name}: weight {i} after three steps"), f, w);
    }
    for (i, (f, w)) in found.weighted.iter().zip(&wanted.weighted).enumerate() {
        close(&format!("{name}: weight {i} with sample weights"), f, w);
    }
}

/// The last batch is smaller than the others where the number of samples is odd.
macro_rules! fit {
    ($x:expr) => {
        &|model, y, weight| {
            let fit = model.fit($x, y).sample_weight(weight).batch_size(2).epochs(1).shuffle(false);
            fit.verbose(0).run().expect("a fit");
        }
    };
}

/// Checks a model of one input, for a batch of one and of some.
macro_rules! same {
    ([$($n:expr),*], $($layers:tt)+) => {
        for batch in [1, 5] {
            let name = format!("{} in a batch of {batch}", stringify!($($layers)+));
            let lengths = [batch, $($n),*];
            let make = || model!(Input($($n),*) => $($layers)+);
            for x in [array(&lengths, 1), coarse(&lengths, 2)] {
                compare(&name, make, x, fit!(x));
            }
        }
    };
    ([$($n:expr),*], $($layers:tt)+) => { same!([$($n),*], $($layers)+) };
}

/// Checks a model of two inputs of the same lengths.
macro_rules! same_of_two {
    ([$($n:expr),*], $($layers:tt)+) => {
        for batch in [1, 5] {
            let name = format!("{} in a batch of {batch}", stringify!($($layers)+));
            let lengths = [batch, $($n),*];
            let make = || model!(let a = Input($($n),*); let b = Input($($n),*); $($layers)+);
            for (a, b) in [(array(&lengths, 1), array(&lengths, 2)), (coarse(&lengths, 1), coarse(&lengths, 2))] {
                compare(&name, make, (a, b), fit!((a, b)));
            }
        }
    };
}

#[test]
fn convolutions_over_time() {
    same!([7, 3], Conv1D(4, 3));
    same!([9, 2], Conv1D(17, 2, padding = same, strides = 2, activation = relu) => Conv1D(3, 1, use_bias = false));
    same!([8, 4], Conv1D(6, 3, padding = causal, dilation_rate = 2, groups = 2, activation = tanh) => Conv1D(2, 3));
    same!([1, 1], Conv1D(1, 1, activation = sigmoid) => Conv1D(1, 4, padding = same));
}

#[test]
fn convolutions_over_images() {
    same!([6, 7, 3], Conv2D(5, 3, activation = relu) => Conv2D(33, (2, 3)));
    same!([9, 5, 1], Conv2D(8, 3, strides = 2, padding = same) => Conv2D(2, 3, strides = (1, 2), padding = same));
    same!([8, 8, 4], Conv2D(8, (3, 2), dilation_rate = (2, 3), groups = 4) => Conv2D(3, 3, dilation_rate = 2, padding = same));
    same!([1, 1, 1], Conv2D(1, 1) => Conv2D(2, 3, padding = same, activation = elu));
    same!([3, 18, 20], Conv2D(19, 1, activation = softplus) => Conv2D(16, (3, 1), use_bias = false));
    same!([5, 5, 2], Conv2D(3, 2, strides = 3, padding = same) => Conv2D(4, 2, strides = 2));
}

#[test]
fn convolutions_with_activations_apart() {
    same!([6, 6, 2], Conv2D(4, 3, activation = softmax) => Conv2D(3, 2, activation = silu));
    same!([6, 2], Conv1D(5, 3, activation = hard_silu) => Conv1D(3, 2, activation = selu));
    same!([6, 2], Conv1D(5, 3, activation = leaky_relu) => Conv1D(3, 2, activation = softmax) => Conv1D(3, 2, activation = softsign));
    same!([4, 5, 3], Conv2D(4, 2, activation = log_softmax) => Conv2D(2, 2, activation = log_sigmoid));
    same!([6, 2], Conv1D(5, 3, activation = soft_shrink) => Conv1D(3, 2, activation = squareplus));
}

#[test]
fn activations_that_are_seldom_used() {
    // Small numbers: steps of this size would leap.
    same!([4, 3], Dense(17, activation = log_softmax) => Rescaling(0.1) => Dense(5) => Activation(log_softmax) => Rescaling(0.1) => Dense(2));
    same!([4, 3], Dense(5, activation = tanh_shrink) => Activation(sparse_plus) => Dense(2, activation = hard_shrink));
    same!([4, 3], Dense(5, activation = squareplus) => Activation(log_sigmoid) => Dense(2, activation = soft_shrink));
    same!([4, 3], Dense(5, activation = sparse_plus) => Activation(sparse_sigmoid) => Dense(2, activation = log_sigmoid));
    same!([4, 3], Dense(6, activation = sparsemax) => Dense(2));
}

#[test]
fn convolutions_without_a_kernel() {
    same!([3, 5, 4], Conv2D(4, 2, data_format = channels_first) => Conv2D(2, 2));
}

#[test]
fn frozen_convolutions() {
    same!([6, 7, 3], Conv2D(5, 3) => Conv2D(4, 2, trainable = false, activation = tanh) => Conv2D(3, 2));
}

#[test]
fn convolutions_larger_than_the_caches_behind_which_is_a_dense_layer() {
    // Small numbers: sums of many thousand terms would make steps of this size leap.
    same!([62, 62, 1], Rescaling(0.01) => Conv2D(16, 3, activation = relu) => Flatten() => Dense(3, activation = softmax));
    same!([60, 61, 2], Rescaling(0.01) => Conv2D(16, 2, padding = same, activation = tanh, use_bias = false) => Reshape((58560,)) => Dense(2, activation = elu));
    same!([60, 61, 1], Rescaling(0.01) => Conv2D(15, 3, trainable = false) => Flatten() => Dense(2, use_bias = false));
    same!([60, 61, 1], Rescaling(0.01) => Conv2D(15, 3) => Flatten() => Dense(2, trainable = false));
    // These are not the same as one kernel: others look at the convolution, or want the gradient of what goes in.
    same!([62, 62, 1], Rescaling(0.001) => Conv2D(2, 1) => Conv2D(16, 3, activation = relu) => Flatten() => Dense(3, activation = softmax));
    for x in [array(&[5, 62, 62, 1], 1), coarse(&[5, 62, 62, 1], 2)] {
        let make = || {
            model! {
                let image = Input(62, 62, 1);
                let filters = image => Rescaling(0.001) => Conv2D(16, 3, activation = relu);
                let mean = filters => GlobalAveragePooling2D();
                let dense = filters => Flatten() => Dense(16);
                [mean, dense] => Add() => Dense(2, activation = softmax)
            }
        };
        compare("two look at a convolution", make, x, fit!(x));
    }
}

#[test]
fn pooling() {
    same!([9, 7, 3], Conv2D(5, 2) => MaxPooling2D(2) => Conv2D(2, 2));
    same!([7, 6, 2], Conv2D(3, 2) => MaxPooling2D((3, 2), strides = (1, 2), padding = same) => AveragePooling2D(2));
    same!([7, 6, 2], Conv2D(17, 2) => AveragePooling2D(3, strides = 2, padding = same));
    same!([9, 3], Conv1D(4, 2) => MaxPooling1D(2) => AveragePooling1D(2, strides = 1));
    same!([9, 3], Conv1D(4, 2) => AveragePooling1D(3, strides = 2, padding = same) => MaxPooling1D(2, strides = 1, padding = same));
    same!([5, 1], Conv1D(1, 1) => MaxPooling1D(1) => AveragePooling1D(1));
    same!([6, 6, 2], MaxPooling2D(2) => Conv2D(2, 2));
    same!([2, 4, 6], MaxPooling2D(2, data_format = channels_first) => Conv2D(2, 1));
}

#[test]
fn chains_with_a_pooling() {
    same!([9, 8, 3], Conv2D(5, 3, activation = relu) => MaxPooling2D(2) => Dense(2));
    same!([9, 8, 3], Conv2D(5, 3, activation = sigmoid, use_bias = false) => MaxPooling2D((2, 3), strides = 1) => Dense(2));
    same!([9, 8, 3], Conv2D(17, 3) => ReLU() => MaxPooling2D(2, padding = same) => Dense(2));
    same!([12, 2], Conv1D(4, 3, activation = tanh) => MaxPooling1D(3) => Dense(2));
    same!([9, 8, 3], Conv2D(5, 3, activation = relu, trainable = false) => MaxPooling2D(2) => Dense(2));
    same!([9, 8, 3], Conv2D(4, 2, activation = relu) => MaxPooling2D(2) => Conv2D(3, 2, activation = relu) => MaxPooling2D(2));
    // Not joined: an activation that needs its input, one that is no layer of relu, an output that others see too.
    same!([9, 8, 3], Conv2D(5, 3, activation = silu) => MaxPooling2D(2) => Dense(2));
    same!([9, 8, 3], Conv2D(5, 3) => Activation(tanh) => MaxPooling2D(2) => Dense(2));
    let x = array(&[5, 8, 2], 1);
    let make = || {
        model!(
            let a = Input(8, 2) => Conv1D(3, 2, activation = relu);
            let b = a => MaxPooling1D(2) => GlobalMaxPooling1D();
            let c = a => GlobalAveragePooling1D();
            [b, c] => Add() => Dense(2)
        )
    };
    compare("a convolution that is seen beside its pooling", make, x, fit!(x));
}

#[test]
fn pooling_of_whole_images() {
    same!([5, 4, 3], Conv2D(6, 2) => GlobalAveragePooling2D() => Dense(2));
    same!([5, 4, 3], Conv2D(6, 2) => GlobalMaxPooling2D() => Dense(2));
    same!([5, 4, 3], GlobalMaxPooling2D(keepdims = true) => Conv2D(2, 1));
    // A `relu` leaves many equal zeros, which share the gradient.
    same!([5, 4, 3], Conv2D(17, 2, activation = relu6) => GlobalMaxPooling2D(keepdims = true) => Dense(2));
    same!([3, 4, 5], GlobalMaxPooling2D(data_format = channels_first) => Dense(2));
}

#[test]
fn larger_images() {
    same!([4, 3, 2], Conv2D(3, 2) => UpSampling2D((2, 3)) => Conv2D(2, 2));
    same!([4, 3, 2], Conv2D(3, 2) => ZeroPadding2D(((1, 2), (0, 3))) => Conv2D(2, 2));
    same!([1, 1, 1], ZeroPadding2D(1) => UpSampling2D(1) => Conv2D(2, 2));
    same!([4, 3, 2], Conv2D(3, 2) => UpSampling2D(2, interpolation = bilinear) => Conv2D(2, 2));
}

#[test]
fn batch_normalization() {
    same!([3], Dense(18) => BatchNormalization() => Dense(2));
    same!([6, 5, 3], Conv2D(5, 2) => BatchNormalization(momentum = 0.6, epsilon = 0.01) => Conv2D(2, 2));
    same!([7, 3], BatchNormalization(scale = false) => Conv1D(4, 2) => BatchNormalization(center = false, axis = 2));
    same!([3], Dense(4) => BatchNormalization(scale = false, center = false) => Dense(2));
    same!([3], Dense(4) => BatchNormalization(trainable = false) => Dense(2));
    same!([4, 3], BatchNormalization(axis = 1) => Dense(2));
}

/// A convolution, its normalisation and what follows are one kernel, unless somebody else sees what lies between.
#[test]
fn chains_with_a_normalization() {
    same!([9, 8, 3], Conv2D(5, 3, use_bias = false) => BatchNormalization() => ReLU() => MaxPooling2D(2) => Dense(2));
    same!([6, 7, 2], Conv2D(4, 2) => BatchNormalization(scale = false) => Activation(relu) => GlobalAveragePooling2D());
    same!([12, 2], Conv1D(4, 3, padding = same) => BatchNormalization(center = false) => MaxPooling1D(2) => Dense(2));
    same!([6, 6, 2], Conv2D(3, 3) => BatchNormalization() => ReLU() => MaxPooling2D(3, strides = 1) => Dense(2));
    same!([6, 6, 2], Conv2D(3, 3) => BatchNormalization(trainable = false) => ReLU() => Dense(2));
    same!([6, 6, 2], Conv2D(3, 3, trainable = false) => BatchNormalization() => ReLU() => Dense(2));
    same!([9, 9, 16], Conv2D(17, 3, padding = same) => BatchNormalization() => ReLU() => Conv2D(16, 3) => Dense(2));
    let x = array(&[5, 7, 2], 1);
    let make = || {
        model!(
            let a = Input(7, 2) => Conv1D(3, 2);
            let b = a => BatchNormalization() => ReLU();
            [a, b] => Add() => Dense(2)
        )
    };
    compare("a convolution that is seen twice", make, x, fit!(x));
}

#[test]
fn batch_normalization_applied_twice() {
    same_of_two!([4], let norm = BatchNormalization(momentum = 0.5); [a => norm, b => norm] => Add());
}

#[test]
fn renormalization_is_no_kernel() {
    same!([3], Dense(4) => BatchNormalization(renorm = true) => Dense(2));
}

#[test]
fn rescaling() {
    same!([3, 5], Dense(3) => Rescaling(0.5, offset = -1.0) => Dense(2));
    same!([3, 5], Dense(3) => Rescaling([0.5, 2.0, -1.0], offset = [0.1, 0.2, 0.3]) => Dense(2));
}

#[test]
fn merging() {
    same_of_two!([3, 5], let x = a => Dense(5); [x, b => Dense(5), x] => Add());
    same_of_two!([3, 5], [a => Dense(5), b => Dense(5)] => Subtract());
    same_of_two!([3, 5], let x = a => Dense(5); [x, b => Dense(5), x, b] => Multiply());
    same_of_two!([3, 5], [a, b => Dense(5)] => Multiply() => Dense(2));
    same_of_two!([3, 5], [a => Dense(5), b] => Multiply() => Dense(2));
    same_of_two!([3, 5], [a, b] => Multiply() => Dense(2));
    same_of_two!([3, 5], let x = a => Dense(5); [x, x, b] => Average());
    same_of_two!([3, 5], let x = a => Dense(5, activation = relu); [x, b => Dense(5, activation = relu), b] => Maximum());
    same_of_two!([3, 5], [a => Dense(5, activation = relu), b => Dense(5, activation = relu)] => Minimum());
    same_of_two!([3, 5], [a => Dense(5, activation = relu), b] => Maximum());
    same_of_two!([3, 5], [a, b => Dense(5, activation = relu)] => Minimum() => Dense(2));
}

#[test]
fn merging_what_is_stretched() {
    same_of_two!([3, 5], [a => Dense(1), b] => Add() => Dense(2));
    same_of_two!([3, 5], [a => Dense(5), b => Dense(1)] => Subtract() => Dense(2));
    same_of_two!([3, 5], [a => Dense(1), b => Dense(5)] => Multiply() => Dense(2));
    same_of_two!([3, 5], [a => Dense(1), b => Dense(5), a] => Multiply() => Dense(2));
    same_of_two!([3, 5], [a, b => GlobalAveragePooling1D(keepdims = true) => Dense(5)] => Average() => Dense(2));
    same_of_two!([3, 5], [a => Dense(5), b => Flatten() => Dense(5)] => Multiply() => Dense(2));
    same_of_two!([3, 5], [b => Flatten() => Dense(5), a => Dense(1)] => Maximum() => Dense(2));
    same_of_two!([3, 5], let x = a => Dense(1, activation = relu); [b => Dense(5, activation = relu), x, x] => Minimum() => Dense(2));
    same_of_two!([4, 3, 2], [a => GlobalMaxPooling2D(keepdims = true) => Dense(2), b => Dense(1)] => Add() => Dense(2));
    same_of_two!([4, 3, 2], [a => Permute((3, 1, 2)) => Reshape((1, 4, 6)), b => Reshape((4, 1, 6)) => Dense(6)] => Maximum() => Dense(2));
    same_of_two!([4, 3, 2], [a => GlobalMaxPooling2D() => Dense(2), b => Dense(1)] => Multiply() => Dense(2));
}

#[test]
fn joining() {
    same_of_two!([3, 5], [a => Dense(2), b, b => Dense(17)] => Concatenate() => Dense(2));
    same_of_two!([3, 5], let x = a => Dense(5); [x, b, x] => Concatenate(axis = 1) => Dense(2));
    same_of_two!([4, 3, 2], [a => Conv2D(2, 1), b => Conv2D(2, 2, padding = same)] => Concatenate(axis = -2));
}

#[test]
fn products_over_an_axis() {
    same_of_two!([5], [a => Dense(4), b => Dense(4)] => Dot(axes = 1) => Dense(2));
    same_of_two!([3, 5], [a => Dense(4), b => Dense(4)] => Dot(axes = 2));
    same_of_two!([3, 5], [a => Dense(4), b => Dense(2)] => Dot(axes = 1));
    same_of_two!([3, 5], [a => Dense(3), b => Dense(4)] => Dot(axes = (2, 1)) => Dense(2));
    same_of_two!([3, 5], [a => Dense(4), b => Dense(3)] => Dot(axes = (1, -1)));
    same_of_two!([4, 3, 2], [a => Dense(4), b => Dense(4)] => Dot(axes = -1) => Dense(2));
    same_of_two!([4, 3, 2], [a => Dense(4), b => Dense(3)] => Dot(axes = (3, 1)) => Dense(2));
    same_of_two!([3, 5], let x = [a => Dense(4), b => Dense(4)] => Add(); [x, x] => Dot(axes = 2, normalize = true));
    same_of_two!([3, 5], [a => Dense(4), b => Dense(17)] => Dot(axes = 1, normalize = true) => Dense(2));
    same_of_two!([4, 3, 2], [a => Dense(4), b => Dense(4)] => Dot(axes = 2) => Dense(2));
}

#[test]
fn masks() {
    let x = coarse(&[4, 6, 1], 4);
    let make = || model!(Input(6, 1) => Masking() => BatchNormalization(momentum = 0.7) => Conv1D(3, 2));
    compare("a batch normalisation", make, x, fit!(x));
    let make = || model!(Input(6, 1) => Masking() => BatchNormalization(trainable = false) => Conv1D(3, 2));
    compare("a frozen batch normalisation", make, x, fit!(x));
    let make = || {
        model!(
            let x = Input(6, 1) => Masking() => Rescaling(2.0);
            let y = [x, x => Rescaling(0.5)] => Multiply();
            [y, x] => Concatenate() => LSTM(2)
        )
    };
    compare("merging layers", make, x, fit!(x));
}

#[test]
fn a_whole_network() {
    same!(
        [12, 11, 1],
        Rescaling(0.5)
            => Conv2D(6, 3, activation = relu)
            => BatchNormalization()
            => MaxPooling2D(2)
            => Conv2D(8, 3, activation = relu)
            => Dropout(0.0)
            => Flatten()
            => Dense(4, activation = softmax)
    );
    let make = || {
        model!(
            let a = Input(6, 6, 4);
            let x = a => Conv2D(4, 3, padding = same, activation = relu);
            [x => Conv2D(4, 3, padding = same) => BatchNormalization(), x] => Add() => GlobalAveragePooling2D()
        )
    };
    let x = array(&[5, 6, 6, 4], 1);
    compare("a block that is gone round", make, x, fit!(x));
}

#[test]
fn predictions_see_new_weights() {
    // Predictions keep convolutions' weights in another order for as long as they stay the same.
    let x = array(&[3, 14, 14, 16], 1);
    let mut model = model!(
        Input(14, 14, 16)
            => Conv2D(16, 3, padding = same) => BatchNormalization() => ReLU()
            => Conv2D(17, 3, activation = tanh)
            => Conv2D(2, 5)
    )
    .compile(SGD::new(0.1), MeanSquaredError::new(), ());
    macro_rules! seen {
        ($model:expr, $what:literal) => {{
            let found = $model.predict(x).expect("a prediction").to_vec().expect("numbers");
            let wanted = without(|| $model.predict(x)).expect("a prediction").to_vec().expect("numbers");
            close($what, &found, &wanted);
            found
        }};
    }
    let first = seen!(model, "fresh weights");
    let before = model.clone();
    shake(&mut *model);
    let shaken = seen!(model, "weights that were set");
    assert_ne!(first, shaken);
    let shape = model.predict(x).expect("a prediction").shape();
    model.train_on_batch(x, array(&shape, 3)).expect("a step");
    assert_ne!(shaken, seen!(model, "weights that were trained"));
    assert_eq!(first, seen!(before, "a copy from before"));
}
