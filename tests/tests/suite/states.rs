//! States of recurrent layers where steps do not count, what stands in such steps, and penalties inside wrappers. Models
//! of one pass beside Keras are in `keras/states_generated.rs` (`tests/keras/make_states.py`).

use keras_core::engine::without;
use keras_core::prelude::*;
use keras_tests::json::near;
use ndarray::{Array, Array2, Array3, Axis, Dimension, s};

/// Numbers from -1 to 1.
fn numbers<D: Dimension>(shape: impl ndarray::ShapeBuilder<Dim = D>) -> Array<f32, D> {
    let mut i = 0u32;
    Array::from_shape_simple_fn(shape, || {
        i += 1;
        ((i * 7919) % 1009) as f32 / 504.5 - 1.0
    })
}

/// Which steps count: first ones, last ones, some in between, none, all.
fn counts() -> Array2<i32> {
    ndarray::array![[0, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]]
}

/// What a model makes of its inputs: outputs, then loss and gradients.
macro_rules! all_of {
    ($model:expr, $x:expr, $mask:expr, $y:expr) => {{
        let mut found = vec![$model.predict(($x, $mask)).expect("outputs").to_vec().expect("numbers")];
        let (loss, gradients) = $model.gradients(($x, $mask), $y).expect("gradients");
        found.push(vec![loss as f32]);
        found.extend(gradients.iter().flatten().map(|g| g.to_vec().expect("numbers")));
        found
    }};
}

/// A step that does not count says nothing, whatever stands in it: the right numbers are those with zeros there. Gradients
/// of weights are NaN where NaN or infinity stands in padding, as in Keras, since 0 times them is NaN: so only those beside
/// finite numbers are compared.
macro_rules! padding_says_nothing {
    ($($name:literal: $model:expr, $shape:expr;)*) => { $(
        let (mask, y) = (counts(), numbers($shape));
        let mut clean = numbers((5, 4, 3));
        for (mut step, counts) in clean.lanes_mut(Axis(2)).into_iter().zip(&mask) {
            step.mapv_inplace(|x| if *counts == 0 { 0.0 } else { x });
        }
        let mut model = $model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
        let wanted = all_of!(model, &clean, &mask, &y);
        assert!(wanted.iter().flatten().all(|x| x.is_finite()) && wanted.len() > 4, $name);
        for ugly in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e38] {
            let mut x = clean.clone();
            for (mut step, counts) in x.lanes_mut(Axis(2)).into_iter().zip(&mask) {
                if *counts == 0 {
                    step[1] = ugly;
                }
            }
            let found = [all_of!(model, &x, &mask, &y), without(|| all_of!(model, &x, &mask, &y))];
            for (found, how) in found.iter().zip(["plan", "Burn code"]) {
                let count = if ugly.is_finite() { wanted.len() } else { 2 };
                for (i, (found, wanted)) in found.iter().zip(&wanted).enumerate().take(count) {
                    near(&format!("{} by {how}, {ugly} in padding, {i}", $name), found, wanted, 1e-5);
                }
            }
        }
    )* };
}

#[test]
fn what_stands_in_padding_says_nothing() {
    padding_says_nothing! {
        "LSTM": model!(let a = Input(4, 3); let m = Input(4, dtype = int32); a => LSTM(2, mask = m)), (5, 2);
        "LSTM of sequences": model!(let a = Input(4, 3); let m = Input(4, dtype = int32);
            a => LSTM(2, return_sequences = true, mask = m) => Dense(1)), (5, 4, 1);
        "wide LSTM": model!(let a = Input(4, 3); let m = Input(4, dtype = int32); a => LSTM(40, mask = m)), (5, 40);
        "GRU": model!(let a = Input(4, 3); let m = Input(4, dtype = int32); a => GRU(2, mask = m)), (5, 2);
        "GRU that resets before": model!(let a = Input(4, 3); let m = Input(4, dtype = int32);
            a => GRU(2, reset_after = false, mask = m)), (5, 2);
        "GRU backwards": model!(let a = Input(4, 3); let m = Input(4, dtype = int32);
            a => GRU(2, go_backwards = true, return_sequences = true, zero_output_for_mask = true, mask = m)), (5, 4, 2);
        "SimpleRNN": model!(let a = Input(4, 3); let m = Input(4, dtype = int32); a => SimpleRNN(2, mask = m)), (5, 2);
        "relu": model!(let a = Input(4, 3); let m = Input(4, dtype = int32);
            a => LSTM(2, activation = relu, mask = m)), (5, 2);
        "both ways": model!(let a = Input(4, 3); let m = Input(4, dtype = int32);
            a => Bidirectional(LSTM(2, return_sequences = true), mask = m) => Dense(1)), (5, 4, 1);
        "both ways, GRU": model!(let a = Input(4, 3); let m = Input(4, dtype = int32);
            a => Bidirectional(GRU(2), merge_mode = sum, mask = m)), (5, 2);
    }
}

/// A stateful layer goes on from its states before steps that do not count, as JAX's scan does: its output there is the
/// state that it keeps. (Keras's TensorFlow and torch backends begin with zeros; inside Bidirectional steps that do not
/// count are 0 on all of them where every step is an output.)
#[test]
fn a_stateful_layer_before_steps_that_do_not_count() {
    let (first, mut second) = (numbers((2, 4, 3)), numbers((2, 4, 3)));
    // Of the first sample nothing counts, of the second the last two steps.
    second.slice_mut(s![0, .., ..]).fill(-7.0);
    second.slice_mut(s![1, ..2, ..]).fill(-7.0);
    let steps = |code: &dyn Fn() -> Vec<f32>| [code(), without(code)];
    macro_rules! predict {
        ($found:expr) => {
            $found.expect("outputs").to_vec().expect("numbers")
        };
    }
    for found in steps(&|| {
        let model = model!(Input(4, 3, batch = 2) => Masking(-7.0) => Bidirectional(GRU(2, stateful = true)));
        let before = predict!(model.predict(&first));
        let after = predict!(model.predict(&second));
        [before, after].concat()
    }) {
        let (before, after) = found.split_at(8);
        near("the sample of which nothing counts keeps its states", &after[..4], &before[..4], 0.0);
        assert!(before[4..].iter().zip(&after[4..]).all(|(a, b)| a != b), "{before:?} {after:?}");
    }
    for found in steps(&|| {
        let model = model!(Input(4, 3, batch = 2) => Masking(-7.0) => GRU(2, stateful = true, return_sequences = true));
        let before = predict!(model.predict(&first));
        let after = predict!(model.predict(&second));
        [before, after].concat()
    }) {
        let (before, after) = found.split_at(16);
        for step in 0..4 {
            near("no step counts", &after[2 * step..2 * step + 2], &before[6..8], 0.0);
        }
        for step in 0..2 {
            near("two steps that do not", &after[8 + 2 * step..10 + 2 * step], &before[14..16], 0.0);
        }
        assert!(after[12..14] != before[14..16]);
    }
}

/// The loss of a model whose outputs are compared with themselves: the penalty alone.
macro_rules! penalty_of {
    ($model:expr, $x:expr) => {{
        let mut model = $model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
        let y = model.predict($x).expect("outputs");
        let (shape, y) = (y.shape().to_vec(), y.to_vec().expect("numbers"));
        let target = ndarray::ArrayD::from_shape_vec(shape, y.clone()).expect("an array");
        let loss = model.evaluate($x, &target).batch_size(5).verbose(0).run().expect("a loss").loss();
        let trained = model.train_on_batch($x, &target).expect("a step");
        (y, loss, trained[0].1)
    }};
}

/// The `activity_regularizer` of a layer in a wrapper counts, as without the wrapper.
#[test]
fn penalties_inside_wrappers() {
    let x: Array3<f32> = numbers((5, 4, 3));
    let squares = |y: &[f32]| y.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>();
    let check = |what: &str, (y, loss, trained): (Vec<f32>, f64, f64)| {
        let wanted = 0.3 * squares(&y) / 5.0;
        assert!((loss - wanted).abs() < 1e-5 * wanted && wanted > 1e-3, "{what}: {loss}, wanted {wanted}");
        assert!((trained - wanted).abs() < 1e-5 * wanted, "{what}: {trained} in training, wanted {wanted}");
    };
    for burn in [false, true] {
        let all = || {
            check("alone", penalty_of!(model!(Input(4, 3) => Dense(2, activity_regularizer = l2(0.3))), &x));
            check(
                "at each step",
                penalty_of!(
                    model!(Input(4, 3) => TimeDistributed(Dense(2, activity_regularizer = l2(0.3)))),
                    &x
                ),
            );
            check(
                "both ways",
                penalty_of!(
                    model!(Input(4, 3) => Bidirectional(SimpleRNN(2, activity_regularizer = l2(0.3)))),
                    &x
                ),
            );
            check(
                "sequences both ways",
                penalty_of!(
                    model!(Input(4, 3) => Bidirectional(GRU(2, return_sequences = true, activity_regularizer = l2(0.3)))),
                    &x
                ),
            );
            let x = x.clone().into_shape_with_order((5, 2, 2, 3)).expect("two times two steps");
            check(
                "both ways at each step",
                penalty_of!(
                    model!(Input(2, 2, 3) => TimeDistributed(Bidirectional(LSTM(2, activity_regularizer = l2(0.3))))),
                    &x
                ),
            );
            check(
                "at each step of each step",
                penalty_of!(
                    model!(Input(2, 2, 3) => TimeDistributed(TimeDistributed(Dense(2, activity_regularizer = l2(0.3))))),
                    &x
                ),
            );
        };
        if burn { without(all) } else { all() }
    }
}

/// A clone goes on from where the original stands, and each then keeps states of its own.
#[test]
fn a_clone_has_the_states() {
    model! { #[derive(Clone)] struct Keeps { Input(4, 3, batch = 2) => GRU(2, stateful = true) } }
    let model = Keeps::with_seed(5);
    let x = numbers((2, 4, 3));
    let run = |model: &Keeps| model.predict(&x).expect("outputs").to_vec().expect("numbers");
    let first = run(&model);
    let clone = model.clone();
    let second = run(&model);
    assert_ne!(first, second);
    assert_eq!(run(&clone), second);
    assert_eq!(run(&clone), run(&model));
}
