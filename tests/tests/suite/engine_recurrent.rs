//! Layers of sequences by kernels, against their operations.

use keras_core::device::with_seed;
use keras_core::engine::without;
use keras_core::prelude::*;
use keras_core::tensor::{IntoInputs, IntoTargets, Shapes};
use keras_core::training::TargetOf;
use keras_core::training::losses::{Losses, MetricsFor};
use ndarray::{ArrayD, IxDyn};

use super::engine::{near, noise, shake, values};

pub(crate) type Array = &'static ArrayD<f32>;

fn keep(shape: &[usize], numbers: Vec<f32>) -> Array {
    Box::leak(Box::new(ArrayD::from_shape_vec(IxDyn(shape), numbers).expect("a shape")))
}

pub(crate) fn array(shape: &[usize]) -> Array {
    keep(shape, noise(shape.iter().product(), shape.len() + shape[0]))
}

/// Sequences `(batch, time, features)` of which some steps are 0: in the middle, at both ends, all of the second.
pub(crate) fn padded(shape: &[usize]) -> Array {
    let mut x = array(shape).clone();
    let time = shape[1];
    let skip = noise(shape[0] * time, 77);
    for (i, step) in
        x.as_slice_mut().expect("a slice").chunks_exact_mut(shape[2..].iter().product()).enumerate()
    {
        if i / time == 1 || (i > 0 && skip[i] < -0.3) {
            step.fill(0.0);
        }
    }
    keep(shape, x.into_raw_vec_and_offset().0)
}

/// Ids below `n`; the first of a sample is not 0.
pub(crate) fn ids(shape: &[usize], n: usize) -> Array {
    let time: usize = shape[1..].iter().product();
    let numbers = noise(shape.iter().product(), 5);
    let id = |(i, x): (usize, f32)| match ((x + 1.0) / 2.0 * n as f32).floor() {
        0.0 if i % time == 0 => 1.0,
        id => id.min(n as f32 - 1.0),
    };
    keep(shape, numbers.into_iter().enumerate().map(id).collect())
}

/// Sums over a long sequence, and over all steps of a batch in the gradient of a weight, are taken in another order
/// than in Burn code, and the rounding of a step goes into all that follow: it grows with their number.
const GRADIENTS: f32 = 2e-5;

/// What a model gives and how it learns: predictions, loss, gradients, and the weights after steps of each kind.
struct Run {
    prediction: Vec<f32>,
    shape: Vec<usize>,
    loss: f64,
    gradients: Vec<Option<Vec<f32>>>,
    stepped: Vec<Vec<f32>>,
    weighted: Vec<Vec<f32>>,
}

fn run<M>(make: &impl Fn() -> M, x: &ArrayD<f32>) -> Run
where
    M: Model,
    MeanSquaredError: Losses<M::Outputs>,
    for<'a> &'a ArrayD<f32>: IntoInputs<'a, M::Inputs> + IntoTargets<'a, TargetOf<M, MeanSquaredError>>,
    M::Outputs: Shapes<Tensors = Tensor<M::Output>>,
    (): MetricsFor<M::Outputs>,
{
    let compile = || {
        let mut model = make().compile(SGD::new(0.1), MeanSquaredError, ()).seed(3);
        shake(&mut *model);
        model
    };
    let mut model = compile();
    let predicted = model.predict(x).expect("a prediction");
    let shape = predicted.shape();
    let y = array(&shape);
    let (value, gradients) = model.gradients(x, y).expect("gradients");
    let gradients = gradients.iter().map(|g| Some(g.as_ref()?.to_vec().expect("numbers"))).collect();
    for _ in 0..3 {
        model.train_on_batch(x, y).expect("a step");
    }
    let stepped = values(&*model);
    let mut model = compile();
    let weight: Vec<f32> = noise(shape[0], 7).iter().map(|w| w.abs()).collect();
    model
        .fit(x, y)
        .sample_weight(&weight)
        .batch_size(4)
        .epochs(2)
        .shuffle(false)
        .verbose(0)
        .run()
        .expect("a fit");
    let prediction = predicted.to_vec().expect("numbers");
    Run { prediction, shape, loss: value, gradients, stepped, weighted: values(&*model) }
}

/// A model by the kernels of its layers against the same model by their operations.
#[track_caller]
pub(crate) fn same<M>(x: &ArrayD<f32>, make: impl Fn() -> M)
where
    M: Model,
    MeanSquaredError: Losses<M::Outputs>,
    for<'a> &'a ArrayD<f32>: IntoInputs<'a, M::Inputs> + IntoTargets<'a, TargetOf<M, MeanSquaredError>>,
    M::Outputs: Shapes<Tensors = Tensor<M::Output>>,
    (): MetricsFor<M::Outputs>,
{
    let make = || with_seed(2, &make);
    let lengths = [x.shape()];
    let model = make();
    let name = format!("{:?} of {lengths:?}", model.layers().iter().map(|l| l.name()).collect::<Vec<_>>());
    let found = run(&make, x);
    let wanted = without(|| run(&make, x));
    assert_eq!(found.shape, wanted.shape, "{name}");
    near(&format!("{name}: prediction"), &found.prediction, &wanted.prediction, 1e-5);
    near(&format!("{name}: loss"), &[found.loss as f32], &[wanted.loss as f32], 1e-5);
    assert_eq!(found.gradients.len(), wanted.gradients.len(), "{name}");
    for (i, (f, w)) in found.gradients.iter().zip(&wanted.gradients).enumerate() {
        // No gradient and one of zeros are the same.
        let zeros = vec![0.0; f.as_deref().map_or(0, <[f32]>::len)];
        let (f, w) = (f.as_deref().unwrap_or_default(), w.as_deref().unwrap_or(&zeros));
        near(&format!("{name}: gradient {i}"), f, w, GRADIENTS);
    }
    for (i, (f, w)) in found.stepped.iter().zip(&wanted.stepped).enumerate() {
        near(&format!("{name}: weight {i} after three steps"), f, w, GRADIENTS);
    }
    for (i, (f, w)) in found.weighted.iter().zip(&wanted.weighted).enumerate() {
        near(&format!("{name}: weight {i} with sample weights"), f, w, GRADIENTS);
    }
}

/// Checks a model for each of these inputs.
macro_rules! same {
    ([$($x:expr),+ $(,)?] $($model:tt)*) => {
        for x in [$($x),+] {
            same(x, || model!($($model)*));
        }
    };
}

// Sizes 1, and sizes that are no multiple of a vector or of a block of rows.

#[test]
fn a_sequence_to_its_last_step() {
    same!([array(&[1, 1, 1]), array(&[5, 7, 1]), array(&[19, 2, 1])] Input(None, 1) => LSTM(1));
    same!([array(&[1, 4, 3]), array(&[19, 7, 3])] Input(None, 3) => LSTM(17) => Dense(2));
    same!([array(&[1, 4, 3]), array(&[19, 7, 3])] Input(None, 3) => GRU(17) => Dense(2));
    same!([array(&[1, 4, 3]), array(&[19, 7, 3])] Input(None, 3) => GRU(9, reset_after = false) => Dense(2));
    same!([array(&[1, 4, 3]), array(&[19, 7, 3])] Input(None, 3) => SimpleRNN(17) => Dense(2));
}

#[test]
fn sequences_one_behind_the_other() {
    same!([array(&[1, 1, 5]), array(&[6, 9, 5])]
        Input(None, 5) => LSTM(8, return_sequences = true) => LSTM(3, return_sequences = true, use_bias = false));
    same!([array(&[1, 1, 5]), array(&[6, 9, 5])]
        Input(None, 5) => GRU(8, return_sequences = true, use_bias = false) => GRU(3, return_sequences = true)
            => GRU(4, reset_after = false, use_bias = false));
    same!([array(&[1, 1, 5]), array(&[6, 9, 5])]
        Input(None, 5) => SimpleRNN(8, return_sequences = true) => SimpleRNN(3, return_sequences = true, use_bias = false)
            => Dense(2));
    same!([array(&[3, 40, 4])] Input(None, 4) => LSTM(6, return_sequences = true) => GRU(6));
}

#[test]
fn time_runs_backwards() {
    same!([array(&[1, 1, 2]), array(&[3, 5, 2])]
        Input(None, 2) => LSTM(4, return_sequences = true, go_backwards = true) => LSTM(5, go_backwards = true));
    same!([array(&[3, 5, 2])]
        Input(None, 2) => GRU(4, return_sequences = true, go_backwards = true) => GRU(5, go_backwards = true));
    same!([array(&[3, 5, 2])]
        Input(None, 2) => SimpleRNN(4, return_sequences = true, go_backwards = true) => SimpleRNN(5, go_backwards = true));
}

#[test]
fn activations() {
    same!([array(&[3, 5, 2])]
        Input(None, 2) => LSTM(5, activation = relu, recurrent_activation = hard_sigmoid, return_sequences = true)
            => LSTM(3, activation = softsign, recurrent_activation = tanh));
    same!([array(&[3, 5, 2])]
        Input(None, 2) => GRU(5, activation = elu, recurrent_activation = hard_sigmoid, return_sequences = true)
            => GRU(3, activation = softplus, recurrent_activation = tanh, reset_after = false));
    same!([array(&[3, 5, 2])]
        Input(None, 2) => SimpleRNN(5, activation = relu, return_sequences = true) => SimpleRNN(3, activation = selu));
    same!([array(&[3, 5, 2])]
        Input(None, 2) => LSTM(5, activation = silu, return_sequences = true) => SimpleRNN(3, activation = softmax));
}

#[test]
fn masked_steps() {
    same!([padded(&[1, 4, 2]), padded(&[19, 6, 2])]
        Input(None, 2) => Masking() => LSTM(5, return_sequences = true) => LSTM(3));
    same!([padded(&[4, 6, 2])]
        Input(None, 2) => Masking() => LSTM(5, return_sequences = true, zero_output_for_mask = true, activation = relu)
            => LSTM(3, zero_output_for_mask = true, go_backwards = true));
    same!([padded(&[1, 4, 2]), padded(&[19, 6, 2])]
        Input(None, 2) => Masking() => GRU(5, return_sequences = true) => GRU(3, reset_after = false));
    same!([padded(&[4, 6, 2])]
        Input(None, 2) => Masking() => GRU(5, return_sequences = true, zero_output_for_mask = true, go_backwards = true)
            => GRU(3, zero_output_for_mask = true));
    same!([padded(&[1, 4, 2]), padded(&[19, 6, 2])]
        Input(None, 2) => Masking() => SimpleRNN(5, return_sequences = true, zero_output_for_mask = true) => SimpleRNN(3));
    // The mask reaches the loss.
    same!([padded(&[4, 6, 2])] Input(None, 2) => Masking() => GRU(5, return_sequences = true));
    same!([padded(&[4, 6, 2])] Input(None, 2) => Masking(mask_value = 0.25) => Dense(3) => LSTM(2, return_sequences = true));
}

#[test]
fn states_come_and_go() {
    let x = array(&[5, 6, 3]);
    same!([x]
        let x = Input(None, 3);
        let (y, h, c) = x => LSTM(4, return_state = true);
        let z = x => LSTM(4, return_sequences = true, initial_state = [h, c]);
        let last = z => LSTM(2);
        [y, last, h, c] => Concatenate()
    );
    same!([x]
        let x = Input(None, 3);
        let (y, h, c) = x => LSTM(4, return_sequences = true, return_state = true);
        let z = y => LSTM(4, initial_state = [c, h]);
        [h, z] => Concatenate()
    );
    // Only the states have a gradient.
    same!([x]
        let x = Input(None, 3);
        let (_, h, c) = x => LSTM(4, return_sequences = true, return_state = true);
        [h, c] => Add()
    );
    same!([x]
        let x = Input(None, 3);
        let (y, h) = x => GRU(4, return_state = true);
        let z = x => GRU(4, go_backwards = true, initial_state = [h]);
        [y, z] => Concatenate()
    );
    same!([x]
        let x = Input(None, 3);
        let (y, h) = x => SimpleRNN(4, return_sequences = true, return_state = true);
        let z = y => SimpleRNN(4, initial_state = [h]);
        [h, z] => Concatenate()
    );
    let x = padded(&[5, 6, 3]);
    same!([x]
        let x = Input(None, 3) => Masking();
        let (y, h, c) = x => LSTM(4, return_state = true, zero_output_for_mask = true);
        let z = x => LSTM(4, initial_state = [h, c], zero_output_for_mask = true);
        [y, h, z] => Concatenate()
    );
}

#[test]
fn dropout_drops_the_same() {
    same!([array(&[5, 4, 3])]
        Input(None, 3) => Dropout(0.3) => LSTM(5, dropout = 0.5, return_sequences = true)
            => SpatialDropout1D(0.4) => GRU(4, dropout = 0.2) => Dropout(0.25, seed = 7) => Dense(2));
    same!([array(&[5, 4, 3])]
        Input(None, 3) => SimpleRNN(5, dropout = 0.5, seed = 4, return_sequences = true)
            => Dropout(0.5, noise_shape = (None, 1, None)) => Dropout(0.3, noise_shape = (1, None, 1))
            => SimpleRNN(2, dropout = 1.0) => Dense(2));
    same!([array(&[5, 4, 3])]
        Input(None, 3) => LSTM(5, recurrent_dropout = 0.5, dropout = 0.1) => Dropout(0.3) => Dense(2));
    same!([array(&[2, 3, 4, 3])]
        Input(3, 4, 3) => SpatialDropout2D(0.5) => SpatialDropout2D(0.5, data_format = "channels_first") => Flatten()
            => Dense(2));
}

#[test]
fn a_frozen_layer_hands_gradients_on() {
    same!([array(&[3, 5, 2])]
        Input(None, 2) => Dense(3) => LSTM(4, return_sequences = true, trainable = false) => Dense(2));
}

#[test]
fn both_directions() {
    let x = array(&[5, 4, 3]);
    same!([array(&[1, 1, 3]), array(&[18, 4, 3])]
        Input(None, 3) => Bidirectional(LSTM(5, return_sequences = true)) => Bidirectional(LSTM(3)));
    same!([x] Input(None, 3) => Bidirectional(GRU(5, return_sequences = true), merge_mode = sum)
        => Bidirectional(GRU(3, reset_after = false), merge_mode = mul));
    same!([x] Input(None, 3) => Bidirectional(SimpleRNN(5, return_sequences = true, use_bias = false), merge_mode = mul)
        => Bidirectional(SimpleRNN(3), merge_mode = ave));
    same!([x] Input(None, 3) => Dense(4)
        => Bidirectional(LSTM(4, return_sequences = true), backward_layer = GRU(3, go_backwards = true, return_sequences = true)));
    same!([x]
        let x = Input(None, 3);
        let (f, b) = x => Bidirectional(LSTM(4, return_sequences = true), merge_mode = None);
        [f, b] => Concatenate()
    );
    same!([x]
        let x = Input(None, 3);
        let (y, h, c, k, d) = x => Bidirectional(LSTM(4, return_state = true, dropout = 0.5), merge_mode = sum);
        let z = x => Bidirectional(LSTM(4), initial_state = [h, c, k, d]);
        [y, z, h, d] => Concatenate()
    );
    same!([x] Input(None, 3) => Bidirectional(LSTM(4, recurrent_dropout = 0.5)));
}

#[test]
fn both_directions_of_masked_steps() {
    let x = padded(&[5, 6, 3]);
    same!([x, padded(&[1, 2, 3])]
        Input(None, 3) => Masking() => Bidirectional(LSTM(5, return_sequences = true)) => Bidirectional(LSTM(3)));
    same!([x] Input(None, 3) => Masking() => Bidirectional(GRU(5, return_sequences = true), merge_mode = mul));
    same!([x]
        let x = Input(None, 3) => Masking();
        let (f, b, h, k) = x => Bidirectional(GRU(4, return_sequences = true, return_state = true), merge_mode = None);
        let f = f => GRU(4, initial_state = [h]);
        let b = b => GRU(4, initial_state = [k]);
        [f, b] => Add()
    );
}

#[test]
fn words() {
    same!([ids(&[1, 1], 9), ids(&[18, 6], 9)]
        Input(None, dtype = int32) => Embedding(9, 5, mask_zero = true) => LSTM(4, return_sequences = true) => GRU(3));
    same!([ids(&[5, 6], 9)] Input(6) => Embedding(9, 5) => Flatten() => Dense(2));
    same!([ids(&[5, 6], 9)] Input(6, dtype = int32) => Embedding(9, 5, mask_zero = true) => GlobalAveragePooling1D());
    same!([ids(&[5, 3, 2], 9)]
        Input(3, 2, dtype = int32) => Embedding(9, 5) => TimeDistributed(Flatten()) => SimpleRNN(3));
    // Words of sentences: the mask tells of words.
    same!([ids(&[5, 3, 4], 9)]
        Input(3, 4, dtype = int32) => Embedding(9, 5, mask_zero = true) => TimeDistributed(LSTM(4)) => LSTM(3));
    let wrong = keep(&[2, 2], vec![1.0, 0.0, 9.0, -3.0]);
    let model = model!(Input(2, dtype = int32) => Embedding(9, 2));
    let found = model.predict(wrong).expect_err("an id beyond the table").to_string();
    assert_eq!(found, without(|| model.predict(wrong)).expect_err("an id beyond the table").to_string());
    assert!(found.contains("the id 9 (number 2 of the batch"), "{found}");
}

#[test]
fn layers_at_every_step() {
    same!([array(&[1, 1, 3]), array(&[5, 4, 3])]
        Input(None, 3) => TimeDistributed(Dense(7, activation = tanh)) => TimeDistributed(Activation(softmax))
            => TimeDistributed(Dropout(0.4)) => LSTM(3, return_sequences = true) => TimeDistributed(Dense(2)));
    same!([padded(&[5, 4, 3])]
        Input(None, 3) => Masking() => TimeDistributed(Dense(7)) => TimeDistributed(LayerNormalization())
            => GRU(3, return_sequences = true) => TimeDistributed(Dense(2)));
    same!([array(&[5, 4, 3])]
        Input(4, 3) => TimeDistributed(BatchNormalization(), name = "other") => TimeDistributed(Reshape((3, 1)))
            => TimeDistributed(LSTM(4, return_sequences = true)) => TimeDistributed(TimeDistributed(Dense(2))));
}

#[test]
fn steps_pooled_repeated_and_permuted() {
    same!([array(&[1, 1, 3]), array(&[5, 4, 3])] Input(None, 3) => Dense(5) => GlobalAveragePooling1D() => RepeatVector(3));
    same!([array(&[1, 1, 3]), array(&[5, 4, 3])] Input(None, 3) => Dense(5) => GlobalMaxPooling1D(keepdims = true));
    // Ties share the gradient.
    same!([array(&[5, 4, 3])] Input(None, 3) => Dense(5, activation = relu6) => ReLU() => GlobalMaxPooling1D());
    same!([ids(&[4, 5], 9)] Input(5) => Embedding(9, 3, mask_zero = true) => Dense(4) => GlobalAveragePooling1D() => Dense(2));
    same!([array(&[2, 3, 4, 2])]
        Input(3, 4, 2) => Dense(3) => Permute((2, 1, 3)) => Permute((3, 1, 2)) => Permute((1, 2, 3)) => Dense(2));
}

#[test]
fn layers_that_rectify_and_normalize() {
    let x = array(&[5, 4, 3]);
    same!([x] Input(4, 3) => Dense(5) => ReLU(negative_slope = 0.1) => LeakyReLU() => Dense(3) => ELU(alpha = 0.5)
        => Dense(3) => ReLU(max_value = 6.0) => Dense(2) => ReLU());
    same!([x] Input(4, 3) => Dense(5) => PReLU() => Dense(3) => PReLU(shared_axes = [1]) => Dense(2)
        => PReLU(shared_axes = [1, 2]));
    same!([x]
        Input(4, 3) => Dense(5) => PReLU(shared_axes = [2]) => Dense(3) => ReLU(max_value = 1.0, threshold = 0.1));
    same!([x] Input(4, 3) => Dense(5) => Softmax() => Dense(3) => Softmax(axis = [1, 2]) => Dense(2));
    same!([x] Input(4, 3) => Dense(17) => LayerNormalization() => Dense(3) => LayerNormalization(axis = [1, 2], scale = false)
        => Dense(3) => LayerNormalization(center = false) => Dense(2) => LayerNormalization(center = false, scale = false));
    same!([x] Input(4, 3) => Dense(5) => LayerNormalization(axis = 1) => Dense(2));
}
