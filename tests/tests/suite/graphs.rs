//! Models that branch: shared layers, blocks, models inside models, states, several inputs and outputs.

use std::path::Path;

use keras_core::prelude::*;
use keras_tests::{Archive, check_functional, close};
use ndarray::{Array1, Array2, Array3, ArrayD, Ix1, Ix2, Ix3};

fn rows(n: usize, width: usize) -> Array2<f32> {
    Array2::from_shape_fn((n, width), |(i, j)| ((i * 7 + j * 3 + n) % 11) as f32 / 11.0 - 0.4)
}

fn steps(n: usize, time: usize, width: usize) -> Array3<f32> {
    Array3::from_shape_fn((n, time, width), |(i, j, k)| ((i * 7 + j * 5 + k * 3) % 13) as f32 / 13.0 - 0.5)
}

fn numbers(raw: &Option<Raw>) -> Vec<f32> {
    raw.as_ref().expect("a gradient").to_vec().expect("numbers")
}

fn archive() -> std::sync::Arc<Archive> {
    Archive::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/graphs.npz"))
}

/// Gives a model the arrays `w0`, `w1`, ... of a case.
fn load(model: &mut impl Model, id: &str) {
    let weights: Vec<Raw> = archive()
        .numbered(&format!("{id}/w"))
        .iter()
        .map(|w| Raw::from_f32(w.iter().copied().collect(), w.shape()).expect("a tensor"))
        .collect();
    model.set_weights(&weights).expect("Keras's weights fit");
}

fn two(array: ArrayD<f32>) -> Array2<f32> {
    array.into_dimensionality::<Ix2>().expect("two axes")
}

#[test]
fn a_graph_computes_what_its_sequential_form_does() {
    let sequential = model!(Input(6) => Dense(5, activation = tanh) => LayerNormalization() => Dense(3));
    let mut graph = model!(
        let x = Input(6);
        let y = x => Dense(5, activation = tanh);
        let z = y => LayerNormalization();
        z => Dense(3)
    );
    let weights: Vec<Raw> = sequential.weights().into_iter().map(|(_, w)| w).collect();
    graph.set_weights(&weights).expect("the same weights");
    let x = rows(4, 6);
    let wanted = sequential.predict(&x).expect("a prediction").to_vec().expect("numbers");
    assert_eq!(graph.predict(&x).expect("a prediction").to_vec().expect("numbers"), wanted);
    assert!(sequential.summary().to_string().starts_with("Model: \"sequential\""));
    assert!(graph.summary().to_string().starts_with("Model: \"functional\""));
}

/// The same layers as a chain and as a graph of named tensors, trained alike: every number is the same, bit for bit.
macro_rules! chain_and_graph {
    ($x:expr, $y:expr, $loss:expr, [$($input:tt)*] $([$($layer:tt)*])+) => {{
        let mut chain =
            model!($($input)* $(=> $($layer)*)+).compile(Adam::new(0.01), $loss, ());
        let mut graph = model!(let x = $($input)*; $(let x = x => $($layer)*;)+ x)
            .compile(Adam::new(0.01), $loss, ());
        let weights: Vec<Raw> = chain.weights().into_iter().map(|(_, w)| w).collect();
        graph.set_weights(&weights).expect("the same weights");
        let bits = |raw: &Raw| raw.to_vec().expect("numbers").into_iter().map(f32::to_bits).collect::<Vec<_>>();
        for step in 0..4 {
            let (a, b) = (chain.predict($x).expect("a prediction"), graph.predict($x).expect("a prediction"));
            assert_eq!(bits(a.raw()), bits(b.raw()), "step {step}");
            let (a, b) = (chain.gradients($x, $y).expect("gradients"), graph.gradients($x, $y).expect("gradients"));
            assert_eq!(a.0.to_bits(), b.0.to_bits(), "step {step}");
            for (a, b) in a.1.iter().zip(&b.1) {
                assert_eq!(a.as_ref().map(bits), b.as_ref().map(bits), "step {step}");
            }
            chain.train_on_batch($x, $y).expect("a step");
            graph.train_on_batch($x, $y).expect("a step");
        }
        for ((path, a), (_, b)) in chain.weights().iter().zip(graph.weights()) {
            assert_eq!(bits(a), bits(&b), "{path}");
        }
    }};
}

#[test]
fn chains_and_graphs_of_named_tensors_train_alike() {
    let images = ndarray::Array4::from_shape_fn((4, 6, 6, 2), |(a, b, c, d)| {
        ((a * 5 + b * 7 + c * 3 + d) % 11) as f32 / 11.0
    });
    chain_and_graph!(
        &rows(5, 6),
        &rows(5, 2),
        MeanSquaredError::new(),
        [Input(6)][Dense(5, activation = tanh)][LayerNormalization()][Dense(2)]
    );
    chain_and_graph!(
        &steps(5, 7, 3),
        &rows(5, 2),
        MeanSquaredError::new(),
        [Input(None, 3)][Masking()][LSTM(4, return_sequences = true)][Bidirectional(GRU(3))][Dense(2)]
    );
    chain_and_graph!(
        &steps(5, 7, 3),
        &rows(5, 2),
        MeanAbsoluteError::new(),
        [Input(7, 3)][Conv1D(4, 3, padding = same, activation = relu)][BatchNormalization()]
            [GlobalAveragePooling1D()][Dense(2, activation = sigmoid)]
    );
    chain_and_graph!(
        &images,
        &rows(4, 3),
        MeanSquaredError::new(),
        [Input(6, 6, 2)][Conv2D(4, 3, activation = relu)][MaxPooling2D(2)][Flatten()]
            [Dense(3, activation = softmax)]
    );
}

#[test]
fn a_layer_applied_twice_shares_its_weights() {
    let mut shared = model!(
        let a = Input(4);
        let b = Input(4);
        let dense = Dense(3, activation = tanh);
        [a => dense, b => dense] => Add()
    )
    .compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let mut apart = model!(
        let a = Input(4);
        let b = Input(4);
        [a => Dense(3, activation = tanh), b => Dense(3, activation = tanh)] => Add()
    )
    .compile(SGD::new(0.1), MeanSquaredError::new(), ());
    assert_eq!((shared.count_params(), apart.count_params()), (15, 30));
    let once: Vec<Raw> = shared.weights().into_iter().map(|(_, w)| w).collect();
    let twice: Vec<Raw> = once.iter().chain(&once).cloned().collect();
    apart.set_weights(&twice).expect("the same weights twice");
    let (a, b, y) = (rows(5, 4), rows(5, 4) * -0.5, rows(5, 3));
    let (loss, sum) = shared.gradients((&a, &b), &y).expect("gradients");
    let (same, parts) = apart.gradients((&a, &b), &y).expect("gradients");
    assert_eq!(loss, same);
    for (i, sum) in sum.iter().enumerate() {
        let parts = numbers(&parts[i]).into_iter().zip(numbers(&parts[i + 2]));
        for (sum, (left, right)) in numbers(sum).into_iter().zip(parts) {
            assert!((sum - left - right).abs() < 1e-6, "{sum} is not {left} + {right}");
        }
    }
}

#[test]
fn a_block_applied_twice_shares_its_weights() {
    let twins = model!(
        let a = Input(4);
        let b = Input(4);
        let tower = Dense(6, activation = relu) => Dense(2);
        (a => tower, b => tower)
    );
    assert_eq!(twins.count_params(), 30 + 14);
    let x = rows(3, 4);
    let (left, right) = twins.predict((&x, &x)).expect("a prediction");
    assert_eq!(left.to_vec().expect("numbers"), right.to_vec().expect("numbers"));
}

model! {
    /// Two inputs, two outputs.
    #[derive(Clone)]
    pub struct Encoder {
        let a = Input(8, name = "a");
        let b = Input(4, name = "b");
        let both = [a => Dense(3), b] => Concatenate();
        (both => Dense(5), both)
    }
}

model! {
    /// A model inside a model: its outputs are taken apart by pattern.
    pub struct Outer {
        let x = Input(8, name = "x");
        let y = Input(4, name = "y");
        let (code, both) = [x, y] => Encoder;
        [code, both, y] => Concatenate(name = "join")
    }
}

#[test]
fn a_model_of_two_inputs_stands_in_a_model() {
    let outer = Outer::new();
    check_functional("nested_functional", &outer);
    let (x, y) = (rows(3, 8), rows(3, 4));
    let (code, both) = outer.encoder.predict((&x, &y)).expect("a prediction");
    let joined = outer.predict((&x, &y)).expect("a prediction").to_vec().expect("numbers");
    let (code, both) = (code.to_vec().expect("numbers"), both.to_vec().expect("numbers"));
    for i in 0..3 {
        let row = &joined[i * 16..][..16];
        assert_eq!(&row[..5], &code[i * 5..][..5]);
        assert_eq!(&row[5..12], &both[i * 7..][..7]);
        assert_eq!(row[12..], y.row(i).to_vec());
    }
}

model! {
    /// A `Sequential` that another model applies twice.
    pub struct Tower { Input(8) => Dense(6, trainable = false) => Dense(3) }
}

model! {
    /// One set of weights for both inputs.
    pub struct Twins {
        let a = Input(8, name = "a");
        let b = Input(8, name = "b");
        let tower = Tower;
        [a => tower, b => tower] => Add()
    }
}

#[test]
fn a_model_applied_twice_shares_its_weights() {
    let twins = Twins::new();
    check_functional("nested_sequential", &twins);
    let x = rows(3, 8);
    let wanted = twins.tower.predict(&x).expect("a prediction").to_vec().expect("numbers");
    let sum = twins.predict(TwinsInputs { a: &x, b: &x }).expect("a prediction").to_vec().expect("numbers");
    assert_eq!(sum, wanted.iter().map(|v| v + v).collect::<Vec<_>>());
}

model! {
    /// Blocks inside blocks: written in place, and by a name that only a block uses.
    pub struct Blocks {
        let a = Input(4, name = "a");
        let first = Dense(6) => (Dense(3) => Dropout(0.1)) => Dense(5);
        let pair = Dense(2) => Dense(3);
        let one = Dense(4);
        let second = pair => Dense(2) => one => Dense(5);
        let y = a => first;
        [y, y => second] => Add() => Dense(1)
    }
}

#[test]
fn a_block_stands_in_a_block() {
    check_functional("nested_blocks", &Blocks::new());
}

#[test]
fn the_decoder_goes_on_from_the_state_of_the_encoder() {
    let mut model = model!(
        let source = Input(None, 7);
        let target = Input(None, 9);
        let (_, h, c) = source => LSTM(16, return_state = true);
        let y = target => LSTM(16, return_sequences = true, initial_state = [h, c]);
        y => Dense(9, activation = softmax)
    );
    load(&mut model, "encoder_decoder");
    let three = |name: &str| archive().get(name).into_dimensionality::<Ix3>().expect("three axes");
    let (source, target) = (three("encoder_decoder/x"), three("encoder_decoder/x1"));
    let found = model.predict((&source, &target)).expect("a prediction").to_vec().expect("numbers");
    close("decoded", &found, &archive().get("encoder_decoder/y"), 1e-5);
}

#[test]
fn a_residual_adds_its_input() {
    let model = model!(
        let x = Input(4);
        let y = x => Dense(4, kernel_initializer = zeros);
        [x, y] => Add()
    );
    let x = rows(3, 4);
    let found = model.predict(&x).expect("a prediction").to_vec().expect("numbers");
    assert_eq!(found, x.iter().copied().collect::<Vec<_>>());
}

model! {
    /// A class and a number from one trunk.
    pub struct Heads {
        let x = Input(4);
        let h = x => Dense(5, activation = tanh);
        let kind = h => Dense(3, activation = softmax, name = "kind");
        let score = h => Dense(1);
        (kind, score)
    }
}

#[test]
fn two_outputs_train_as_in_keras() {
    let archive = archive();
    let get = |name: &str| archive.get(&format!("heads/{name}"));
    let x = two(get("x"));
    let kind: Array1<u8> = get("kind").into_dimensionality::<Ix1>().expect("one axis").mapv(|v| v as u8);
    let score = two(get("score"));
    let targets = HeadsOutputs { kind: &kind, score: &score };
    for by_name in [false, true] {
        let mut heads = Heads::new();
        load(&mut heads, "heads");
        let (left, right) = (SparseCategoricalCrossentropy::new(), MeanSquaredError::new());
        let metrics = (Accuracy::new(), MeanAbsoluteError::new());
        let (history, evaluation, weights) = if by_name {
            let losses = HeadsOutputs { kind: left, score: right };
            let metrics = HeadsOutputs { kind: metrics.0, score: metrics.1 };
            let mut model = heads.compile(SGD::new(0.1), losses, metrics).loss_weights(&[0.7, 0.2]);
            let history = model.fit(&x, targets).batch_size(4).epochs(3).shuffle(false).verbose(0).run();
            (history, model.evaluate(&x, targets).verbose(0).run(), model.weights())
        } else {
            let mut model = heads.compile(SGD::new(0.1), (left, right), metrics).loss_weights(&[0.7, 0.2]);
            let y = (&kind, &score);
            let history = model.fit(&x, y).batch_size(4).epochs(3).shuffle(false).verbose(0).run();
            (history, model.evaluate(&x, y).verbose(0).run(), model.weights())
        };
        let (history, evaluation) = (history.expect("training"), evaluation.expect("evaluation"));
        let mut names: Vec<&str> = history.names().collect();
        names.sort_unstable();
        let wanted = ["dense_1_loss", "dense_1_mean_absolute_error", "kind_accuracy", "kind_loss", "loss"];
        assert_eq!(names, wanted);
        for name in wanted {
            let found: Vec<f32> = history.get(name).expect("a log").iter().map(|v| *v as f32).collect();
            close(name, &found, &get(&format!("log_{name}")), 1e-5);
            close(
                name,
                &[evaluation.get(name).expect("a number") as f32],
                &get(&format!("eval_{name}")),
                1e-5,
            );
        }
        for ((path, found), wanted) in weights.iter().zip(archive.numbered("heads/after")) {
            close(path, &found.to_vec().expect("numbers"), &wanted, 1e-5);
        }
    }
}

#[test]
fn inputs_of_different_sample_counts_are_named() {
    let model = model!(let left = Input(3); let right = Input(3); [left, right] => Add());
    let error = model.predict((&rows(4, 3), &rows(5, 3))).expect_err("4 and 5 samples").to_string();
    assert_eq!(error, "right: 5 samples, and input `left` has 4");
}

#[test]
fn axes_of_one_name_have_one_length() {
    let model = model!(
        let left = Input(time: None, 3);
        let right = Input(time: None, 2);
        [left, right] => Concatenate()
    );
    assert_eq!(model.output_shape().to_string(), "(None, time, 5)");
    let error = model.predict((&steps(2, 5, 3), &steps(2, 6, 2))).expect_err("5 and 6").to_string();
    assert_eq!(error, "right: axis `time` has 6 here and 5 in input `left`; axes of one name are equal");
    let sum = model.predict((&steps(2, 5, 3), &steps(2, 5, 2))).expect("the same length");
    assert_eq!(sum.shape(), [2, 5, 5]);
}

#[test]
fn lengths_that_must_agree_further_down_are_checked_on_entry() {
    let model = model!(
        let left = Input(None, 3);
        let right = Input(None, 2);
        [left => Conv1D(4, 2), right] => Concatenate() => GlobalMaxPooling1D()
    );
    let error = model.predict((&steps(2, 5, 3), &steps(2, 5, 2))).expect_err("4 and 5").to_string();
    assert!(error.starts_with("layer `concatenate`: ") && error.contains("4 is not 5"), "{error}");
    let fits = model.predict((&steps(2, 6, 3), &steps(2, 5, 2))).expect("5 and 5");
    assert_eq!(fits.shape(), [2, 6]);
}

/// Lets through of one tensor what another says.
#[derive(Default)]
struct Gate;

impl<A: Axis, B: Axis, const N: usize> Layer<(Of<(A, Len<N>)>, Of<(B, Len<N>)>)> for Gate {
    const OUTPUT: Dims = <(A, Len<N>) as Shape>::DIMS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
    }

    fn trace(&self, (x, gate): (Symbolic, Symbolic), cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * gate * cx.weight("scale"))
    }
}

#[test]
fn an_own_layer_takes_two_tensors() {
    let mut model = model!(
        let x = Input(3);
        let open = Input(3);
        [x, open] => Gate => Dense(1)
    )
    .compile(SGD::new(0.1), MeanSquaredError::new(), ());
    assert_eq!(model.count_params(), 3 + 4);
    let y = rows(4, 1);
    let before = model.evaluate((&rows(4, 3), &rows(4, 3)), &y).verbose(0).run().expect("a loss").loss();
    model.fit((&rows(4, 3), &rows(4, 3)), &y).epochs(20).verbose(0).run().expect("training");
    let after = model.evaluate((&rows(4, 3), &rows(4, 3)), &y).verbose(0).run().expect("a loss").loss();
    assert!(after < before, "{after} after {before}");
}

#[test]
fn a_lambda_takes_two_tensors() {
    let model = model!(let a = Input(3); let b = Input(3); [a, b] => Lambda(|(a, b)| a + b * 2.0));
    assert_eq!(model.output_shape().to_string(), "(None, 3)");
    let x = rows(2, 3);
    let found = model.predict((&x, &x)).expect("a prediction").to_vec().expect("numbers");
    close("sum", &found, &(x * 3.0).into_dyn(), 1e-6);
}
