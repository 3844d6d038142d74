//! Plans of kernels against plans of operations: the same model, run both ways, gives the same numbers.

use std::thread;

use keras_core::device::with_seed;
use keras_core::engine::{by_operations, without};
use keras_core::prelude::*;
use keras_core::tensor::{IntoInputs, IntoTargets};
use keras_core::training::{TargetOf, losses::Losses};
use ndarray::{Array1, Array2, Array3, Array4};

pub(crate) fn rows(n: usize, width: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, width), |(i, j)| ((i * 7 + j * 3 + n) % 11) as f32 / 11.0 - 0.4)
}

fn steps(n: usize, time: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((n, time, width), |(i, j, k)| ((i * 7 + j * 5 + k * 3) % 13) as f32 / 13.0 - 0.5)
}

fn one_hot(n: usize, classes: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, classes), |(i, j)| f32::from(u8::from(i % classes == j)))
}

/// Compares a plan's numbers with those of operations: relative where they are above 1.
#[track_caller]
pub(crate) fn near(what: &str, found: &[f32], wanted: &[f32], tolerance: f32) {
    assert_eq!(found.len(), wanted.len(), "{what}: number of elements");
    for (i, (f, w)) in found.iter().zip(wanted).enumerate() {
        let close = (f - w).abs() <= tolerance * w.abs().max(1.0);
        assert!(close || (f.is_nan() && w.is_nan()), "{what}: element {i} is {f}, operations give {w}");
    }
}

/// Numbers that look random and are the same every time.
pub(crate) fn noise(n: usize, seed: usize) -> Vec<f32> {
    let mut state = (seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    // The first numbers are small.
    (0..n + 20).map(|_| next()).skip(20).collect()
}

/// The numbers of each weight.
pub(crate) fn values(model: &impl Model) -> Vec<Vec<f32>> {
    model.weights().into_iter().map(|(_, raw)| raw.to_vec().expect("numbers")).collect()
}

/// Weights that are no special case: biases other than 0, variances above 0.
pub(crate) fn shake(model: &mut impl Model) {
    let raws: Vec<Raw> = model
        .weights()
        .iter()
        .enumerate()
        .map(|(i, (path, raw))| {
            let shape = raw.shape();
            let mut numbers = noise(shape.iter().product(), 100 + i);
            // As wide as Glorot's.
            let fan = shape.len().checked_sub(1).map_or(1, |n| shape[..n].iter().product::<usize>()).max(1);
            numbers.iter_mut().for_each(|x| *x *= (1.5 / fan as f32).sqrt());
            if ["variance", "gamma", "stddev"].iter().any(|name| path.contains(name)) {
                numbers.iter_mut().for_each(|x| *x = x.abs() + 0.5);
            }
            Raw::from_f32(numbers, &shape).expect("a tensor")
        })
        .collect();
    model.set_weights(&raws).expect("the weights fit");
}

/// What a model gives: loss, gradients, then weights, the optimiser's state and logs after three steps.
fn trained<'a, M, L>(
    mut model: Compiled<M, L>,
    x: impl IntoInputs<'a, M::Inputs> + Copy,
    y: impl IntoTargets<'a, TargetOf<M, L>> + Copy,
) -> Vec<(String, Vec<f32>)>
where
    M: Model,
    L: Losses<M::Outputs>,
{
    let mut found = Vec::new();
    let (loss, gradients) = model.gradients(x, y).expect("gradients");
    found.push(("loss".to_string(), vec![loss as f32]));
    for (i, gradient) in gradients.iter().enumerate() {
        // No gradient and one of zeros are the same.
        let numbers = gradient.as_ref().map(|g| g.to_vec().expect("numbers")).unwrap_or_default();
        if numbers.iter().any(|g| *g != 0.0) {
            found.push((format!("gradient {i}"), numbers));
        }
    }
    for step in 0..3 {
        for (name, value) in model.train_on_batch(x, y).expect("a step") {
            found.push((format!("{name} of step {step}"), vec![value as f32]));
        }
    }
    for (name, value) in model.test_on_batch(x, y).expect("a test") {
        found.push((format!("tested {name}"), vec![value as f32]));
    }
    for (name, weight) in model.weights() {
        found.push((name, weight.to_vec().expect("numbers")));
    }
    found
}

/// Builds a model twice from the same seed and trains it by kernels and by operations.
macro_rules! agree {
    ($what:literal: $model:expr, $x:expr, $y:expr) => {{
        let planned = with_seed(5, || trained($model, $x, $y));
        let burn = with_seed(5, || without(|| trained($model, $x, $y)));
        assert_eq!(planned.len(), burn.len(), $what);
        for ((name, planned), (other, burn)) in planned.iter().zip(&burn) {
            assert_eq!(name, other, $what);
            near(&format!("{}: {name}", $what), planned, burn, 1e-5);
        }
    }};
}

#[test]
fn every_loss_agrees() {
    let (x, same, hot) = (rows(7, 5), rows(7, 3), one_hot(7, 3));
    let classes = Array1::from_shape_fn(7, |i| (i % 3) as u8);
    let bits = one_hot(7, 3);
    macro_rules! losses {
        ($($act:ident $loss:expr, $y:ident;)*) => { $(
            agree!("a loss": model!(Input(5) => Dense(4, activation = tanh) => Dense(3, activation = $act))
                .compile(Adam::new(0.01), $loss, ()), &x, &$y);
        )* };
    }
    losses! {
        linear MeanSquaredError::new(), same;
        linear MeanAbsoluteError::new(), same;
        linear Huber::new().delta(0.3), same;
        linear LogCosh::new(), same;
        softmax CategoricalCrossentropy::new(), hot;
        softmax CategoricalCrossentropy::new().label_smoothing(0.2), hot;
        linear CategoricalCrossentropy::new().from_logits(true), hot;
        softmax SparseCategoricalCrossentropy::new(), classes;
        linear SparseCategoricalCrossentropy::new().from_logits(true), classes;
        softmax SparseCategoricalCrossentropy::new().ignore_class(1), classes;
        sigmoid BinaryCrossentropy::new(), bits;
        sigmoid BinaryCrossentropy::new().label_smoothing(0.1), bits;
        linear BinaryCrossentropy::new().from_logits(true), bits;
        sigmoid BinaryFocalCrossentropy::new(), bits;
        softmax KLDivergence::new(), hot;
    }
}

#[test]
fn every_optimizer_agrees() {
    let (x, y) = (rows(6, 5), rows(6, 2));
    macro_rules! optimizers {
        ($($optimizer:expr;)*) => { $(
            agree!("an optimizer": model!(Input(5) => Dense(4, activation = relu, kernel_constraint = max_norm(0.5)) => Dense(2))
                .compile($optimizer, MeanSquaredError::new(), MeanAbsoluteError::new()), &x, &y);
        )* };
    }
    optimizers! {
        SGD::new(0.1);
        SGD::new(0.1).momentum(0.9);
        SGD::new(0.1).momentum(0.9).nesterov(true).weight_decay(0.01);
        Adam::new(0.01);
        Adam::new(0.01).amsgrad(true);
        Adam::new(0.01).clipnorm(0.1);
        Adam::new(0.01).global_clipnorm(0.2);
        SGD::new(0.1).clipvalue(0.02);
        AdamW::new(0.01);
        AdamW::new(0.01).exclude_from_weight_decay(["bias"]);
        RMSprop::new(0.01);
        RMSprop::new(0.01).momentum(0.5).centered(true);
        Adagrad::new(0.1);
        Adadelta::new(1.0);
        Adamax::new(0.01);
        Nadam::new(0.01);
        Lion::new(0.01);
    }
}

/// The weights of a model of large layers after some steps.
fn large(optimizer: impl Optimizer + 'static, threads: usize, steps: usize) -> Vec<Vec<f32>> {
    let (x, y) = (rows(37, 210), one_hot(37, 10));
    keras_tests::with_threads(threads, || {
        let mut model = with_seed(3, || {
            model!(
                Input(210)
                    => Dense(170, activation = relu)
                    => Dense(200, activation = gelu)
                    => Dense(10, activation = softmax)
            )
        })
        .compile(optimizer, CategoricalCrossentropy::new(), ());
        for _ in 0..steps {
            model.train_on_batch(&x, &y).expect("a step");
        }
        values(&*model)
    })
}

/// The optimiser computes the gradients of large layers itself, a few rows at a time: unless it needs to see them
/// whole, to clip them.
#[test]
fn gradients_of_large_layers_do_not_depend_on_who_computes_them() {
    macro_rules! optimizers {
        ($($optimizer:expr;)*) => { $(
            let clipped = large($optimizer.clipvalue(1e9), 1, 3);
            for threads in 1..4 {
                for (free, clipped) in large($optimizer, threads, 3).iter().zip(&clipped) {
                    near("a weight", free, clipped, 1e-6);
                }
            }
            for (before, after) in large($optimizer, 1, 0).iter().zip(&clipped) {
                assert_ne!(before, after, "it learns");
            }
        )* };
    }
    optimizers! {
        Adam::new(0.01).epsilon(1e-3);
        AdamW::new(0.01).epsilon(1e-3);
        RMSprop::new(0.01).epsilon(1e-3);
        SGD::new(0.1);
        SGD::new(0.1).momentum(0.9).nesterov(true);
        // One that has no kernel.
        Lion::new(0.001).weight_decay(0.1);
    }
}

#[test]
fn every_activation_agrees() {
    let (x, y) = (rows(6, 5), rows(6, 4));
    macro_rules! activations {
        ($($act:ident)*) => { $(
            agree!("an activation": model!(Input(5) => Dense(6, activation = $act) => Activation($act) => Dense(4))
                .compile(SGD::new(0.05), MeanSquaredError::new(), ()), &x, &y);
        )* };
    }
    activations! {
        linear relu relu6 leaky_relu elu selu gelu silu sigmoid hard_sigmoid hard_silu hard_tanh hard_shrink
        soft_shrink tanh tanh_shrink softplus softsign squareplus sparse_plus log_sigmoid mish exponential softmax
        log_softmax
    }
}

/// An own layer that adds to the loss.
#[derive(Default)]
struct Scale;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Scale {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
    }

    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        let y = x * cx.weight("scale");
        cx.add_loss(ops::mean(ops::square(&y), None) * 0.1);
        Ok(y)
    }
}

model! {
    pub struct Inner {
        let a = Input(4);
        let b = Input(4);
        let shared = Dense(3, activation = tanh);
        let sum = [a => shared, b => shared] => Add();
        [sum, a] => Concatenate() => Dense(4, kernel_regularizer = l2(0.1))
    }
}

#[test]
fn graphs_agree() {
    let (x, z, y) = (rows(6, 4), rows(6, 4).mapv(|v| v * 0.7 - 0.1), rows(6, 2));
    agree!("an own layer": model!(Input(4) => Dense(3) => Scale => Dense(2))
        .compile(SGD::new(0.1), MeanSquaredError::new(), ()), &x, &y);
    agree!("activity and weight regularisers": model!(
            Input(4) => Dense(3, activity_regularizer = l1(0.1), bias_regularizer = l1_l2(0.1, 0.2))
                => Dense(2, kernel_regularizer = OrthogonalRegularizer(0.1))
        ).compile(SGD::new(0.1), MeanSquaredError::new(), ()), &x, &y);
    agree!("a shared layer, a branch, a nested model twice": model!(
            let a = Input(4);
            let b = Input(4);
            let inner = Inner;
            let c = [a, b] => inner;
            let d = [c, a] => inner;
            let e = d => Dense(4) => Activation(relu);
            [c, d, e] => Add() => Flatten() => Dense(2)
        ).compile(Adam::new(0.01), MeanSquaredError::new(), ()), (&x, &z), &y);
    agree!("two outputs of unequal weight": model!(
            let a = Input(4);
            let body = a => Dense(5, activation = relu);
            let p = body => Dense(2, name = "p");
            let q = body => Dense(2, activation = sigmoid, name = "q");
            (p, q)
        ).compile(Adam::new(0.01), (MeanSquaredError::new(), BinaryCrossentropy::new()), ((), ()))
        .loss_weights(&[1.0, 0.3]), &x, (&y, &one_hot(6, 2)));
    agree!("a frozen layer": {
            let mut model = model!(Input(4) => Dense(3, name = "cold") => Dense(2))
                .compile(Adam::new(0.01), MeanSquaredError::new(), ());
            model.cold.set_trainable(false);
            model
        }, &x, &y);
    agree!("nothing to train": {
            let mut model = model!(Input(4) => Dense(2, name = "cold"))
                .compile(Adam::new(0.01), MeanSquaredError::new(), ());
            model.cold.set_trainable(false);
            model
        }, &x, &y);
    let w = steps(4, 5, 3);
    agree!("a target for each step": model!(Input(None, 3) => Dense(4, activation = tanh) => Dense(2))
        .compile(Adam::new(0.01), MeanSquaredError::new(), MeanAbsoluteError::new()), &w, &steps(4, 5, 2));
}

#[test]
fn common_layers_have_kernels() {
    let image = model!(Input(16, 16, 3) => Conv2D(8, 3, activation = relu) => BatchNormalization() => MaxPooling2D()
        => Dropout(0.1) => SpatialDropout2D(0.1) => Conv2D(4, 1) => GlobalAveragePooling2D() => Dense(2, activation = softmax));
    let series = model!(Input(None, 4) => LSTM(4, return_sequences = true) => GRU(4, return_sequences = true)
        => Bidirectional(SimpleRNN(4, return_sequences = true)) => Conv1D(4, 3) => LayerNormalization() => Dense(4)
        => GlobalMaxPooling1D() => Dense(1));
    let words = model!(let a = Input(6, dtype = int32); let x = a => Embedding(9, 4); [x, x] => MultiHeadAttention(2, 2) => Flatten());
    for training in [false, true] {
        let none: [String; 0] = [];
        assert_eq!(by_operations(&image, &[&[2, 16, 16, 3]], training).expect("a plan"), none);
        assert_eq!(by_operations(&series, &[&[2, 9, 4]], training).expect("a plan"), none);
        assert_eq!(by_operations(&words, &[&[2, 6]], training).expect("a plan"), none);
    }
}

#[test]
fn weights_of_samples_and_masks_agree() {
    let run = || {
        let x = Array2::from_shape_fn((8, 5), |(i, j)| ((i * 3 + j * 5) % 4) as i32);
        let y = Array2::from_shape_fn((8, 5), |(i, j)| ((i + j) % 3) as i32);
        let mut model =
            Sequences::new().compile(Adam::new(0.01), SparseCategoricalCrossentropy::new(), Accuracy::new());
        let weight: Vec<f32> = (0..8).map(|i| 0.5 + i as f32 * 0.2).collect();
        let history =
            model.fit(&x, &y).sample_weight(&weight).epochs(2).batch_size(3).verbose(0).run().expect("a fit");
        let found = model.evaluate(&x, &y).verbose(0).run().expect("an evaluation");
        let p = model.predict(&x).expect("a prediction").to_vec().expect("numbers");
        let last = |name: &str| history.get(name).expect("a log").to_vec();
        (last("loss"), last("accuracy"), found.loss(), p)
    };
    let planned = with_seed(3, run);
    let burn = with_seed(3, || without(run));
    let narrow = |x: &[f64]| x.iter().map(|x| *x as f32).collect::<Vec<_>>();
    near("loss", &narrow(&planned.0), &narrow(&burn.0), 1e-5);
    near("accuracy", &narrow(&planned.1), &narrow(&burn.1), 1e-6);
    near("evaluated", &[planned.2 as f32], &[burn.2 as f32], 1e-5);
    near("predicted", &planned.3, &burn.3, 1e-5);
}

model! {
    pub struct Sequences {
        Input(5) => Embedding(4, 6, mask_zero = true) => Dense(4, activation = relu) => Dense(3, activation = softmax)
    }
}

#[test]
fn callers_on_several_threads_do_not_disturb_each_other() {
    let model = with_seed(
        1,
        || model!(Input(20) => Dense(64, activation = relu) => Dense(64, activation = tanh) => Dense(3)),
    );
    let x = rows(40, 20);
    let expected = model.predict(&x).expect("a prediction").to_vec().expect("numbers");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let found = model.predict(&x).expect("a prediction").to_vec().expect("numbers");
                    assert_eq!(found, expected);
                    for row in 0..3 {
                        let one =
                            model.predict_one(x.row(row).as_slice().expect("a row")).expect("an answer");
                        near("one", &one, &expected[3 * row..][..3], 1e-6);
                    }
                }
            });
        }
    });
}

/// The rule of a layer that is given many tensors takes little stack, also while a plan is made: at 20 tensors it took 1.5 MB
/// without optimisation.
#[test]
fn rules_of_many_tensors_fit_into_a_small_stack() {
    let model = model!(
        let x = Input(2);
        [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x] => Concatenate()
    );
    let x = rows(3, 2);
    let found = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(1 << 20);
        let thread = thread.spawn_scoped(scope, || model.predict(&x).expect("a prediction").to_vec());
        thread.expect("a thread").join().expect("no panic").expect("numbers")
    });
    let expected: Vec<f32> = x.rows().into_iter().flat_map(|row| row.to_vec().repeat(20)).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_same_number_of_threads_gives_the_same_numbers() {
    let x = rows(96, 300);
    let y = one_hot(96, 10);
    let run = |threads| {
        keras_tests::with_threads(threads, || {
            let mut model = with_seed(
                2,
                || model!(Input(300) => Dense(200, activation = relu) => Dense(10, activation = softmax)),
            )
            .compile(Adam::new(0.01), CategoricalCrossentropy::new(), ())
            .seed(4);
            model.fit(&x, &y).epochs(2).batch_size(96).verbose(0).run().expect("a fit");
            model.predict(&x).expect("a prediction").to_vec().expect("numbers")
        })
    };
    let (one, two) = (run(1), run(2));
    assert_eq!(one, run(1));
    assert_eq!(two, run(2));
    near("threads", &one, &two, 1e-4);
}

#[test]
fn blocks_of_images_agree() {
    let x = Array4::from_shape_vec((5, 8, 8, 3), noise(5 * 8 * 8 * 3, 7)).expect("images");
    let hot = one_hot(5, 3);
    let (loss, sgd) = (CategoricalCrossentropy::new, || SGD::new(0.05));
    agree!("a MobileNet block": model!(Input(8, 8, 3)
        => Conv2D(8, 3, padding = same, use_bias = false) => BatchNormalization() => ReLU(6)
        => DepthwiseConv2D(3, padding = same, use_bias = false) => BatchNormalization() => ReLU(6)
        => Conv2D(20, 1, use_bias = false) => BatchNormalization() => ReLU()
        => DepthwiseConv2D(3, strides = 2, padding = same, use_bias = false) => BatchNormalization() => ReLU()
        => DepthwiseConv2D(2, activation = relu)
        => GlobalAveragePooling2D() => Dense(3, activation = softmax)).compile(sgd(), loss(), ()), &x, &hot);
    agree!("sums and relu": model!(
        let x = Input(8, 8, 3) => Conv2D(17, 3, padding = same, activation = relu);
        let one = x => Conv2D(17, 3, padding = same, activation = tanh) => Conv2D(17, 3, padding = same);
        let x = [x, one] => Add() => ReLU();
        let two = x => Conv2D(5, 3, strides = 2, padding = same);
        let short = x => Conv2D(5, 1, strides = 2);
        let six = [short, two] => Add() => ReLU(6);
        [six, two] => Add() => GlobalAveragePooling2D() => Dense(3, activation = softmax)
    ).compile(sgd(), loss(), ()), &x, &hot);
    agree!("transposed convolutions": model!(Input(8, 8, 3)
        => Conv2D(6, 3, strides = 2, activation = relu)
        => Conv2DTranspose(5, 2, strides = 2, activation = relu)
        => Conv2DTranspose(4, 3, strides = 2, padding = same, activation = tanh)
        => GlobalAveragePooling2D() => Dense(3, activation = softmax)).compile(sgd(), loss(), ()), &x, &hot);
}
