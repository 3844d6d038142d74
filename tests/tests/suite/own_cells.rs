//! Cells of somebody's own in `RNN`, beside the numbers of Keras (`tests/keras/make_own_cells.py`).

use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use ndarray::{Array2, Array3, ArrayD, IxDyn};

use super::engine::near;

/// One state, which is the output.
pub(crate) struct Leaky<const UNITS: usize>;

impl<const UNITS: usize> Leaky<UNITS> {
    pub(crate) fn new() -> Self {
        Leaky
    }
}

impl<const UNITS: usize, const N: usize> Cell<N> for Leaky<UNITS> {
    const OUTPUT: usize = UNITS;

    fn weights(&self) -> Vec<WeightSpec> {
        vec![
            WeightSpec::new("kernel", Dims::fixed(&[N, UNITS]), Initializer::GLOROT_UNIFORM),
            WeightSpec::new("recurrent_kernel", Dims::fixed(&[UNITS, UNITS]), Initializer::GLOROT_UNIFORM),
        ]
    }

    fn step(
        &self,
        x: Symbolic,
        states: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
        let of_state = ops::matmul(&states[0], cx.weight("recurrent_kernel"));
        let y = ops::tanh(ops::matmul(x, cx.weight("kernel")) + of_state);
        Ok((y.clone(), vec![y]))
    }
}

/// Two states of different widths, and an output that is neither of them; the share of the memory that stays.
struct Peek<const UNITS: usize, const MEMORY: usize>(f32);

impl<const UNITS: usize, const MEMORY: usize> Peek<UNITS, MEMORY> {
    fn new(stays: f32) -> Self {
        Peek(stays)
    }
}

impl<const UNITS: usize, const MEMORY: usize, const N: usize> Cell<N> for Peek<UNITS, MEMORY> {
    const OUTPUT: usize = UNITS;
    const STATES: &'static [usize] = &[UNITS, MEMORY];

    fn weights(&self) -> Vec<WeightSpec> {
        let weight = |name, shape: [usize; 2]| WeightSpec::new(name, Dims::fixed(&shape), Initializer::Ones);
        vec![weight("kernel", [N, UNITS]), weight("write", [UNITS, MEMORY]), weight("read", [MEMORY, UNITS])]
    }

    fn step(
        &self,
        x: Symbolic,
        states: &[Symbolic],
        cx: &mut Trace<'_>,
    ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
        let (kernel, write, read) = (cx.weight("kernel"), cx.weight("write"), cx.weight("read"));
        let h = ops::sigmoid(ops::matmul(x, kernel) - &states[0] + ops::matmul(&states[1], &read));
        let m = &states[1] * self.0 + ops::matmul(&h, write);
        let y = &h * 2.0 - ops::matmul(&m, read);
        Ok((y, vec![h, m]))
    }
}

/// A tensor of the file of Keras's numbers.
fn numbers(name: &str) -> ArrayD<f32> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/own_cells.npz");
    Npz::open(path).and_then(|mut file| file.read::<f32, IxDyn>(name)).expect("numbers of Keras")
}

fn sequence() -> Array3<f32> {
    numbers("x").into_dimensionality().expect("three axes")
}

/// The model with Keras's weights.
fn with_weights<M: Model>(case: &str, mut model: M) -> M {
    let weights = (0..model.weights().len()).map(|i| numbers(&format!("{case}/weight_{i}")));
    let raws: Vec<Raw> =
        weights.map(|w| Raw::from_f32(w.iter().copied().collect(), w.shape()).expect("a tensor")).collect();
    model.set_weights(&raws).expect("the weights of Keras");
    model
}

fn compare(case: &str, what: &str, shape: &[usize], found: &[f32], tolerance: f32) {
    let wanted = numbers(&format!("{case}/{what}"));
    assert_eq!(shape, wanted.shape(), "{case}: {what}");
    near(&format!("{case}, {what}"), found, wanted.as_slice().expect("in order"), tolerance);
}

/// Compares the outputs with Keras's; with a target, the weights after two steps of training too.
macro_rules! case {
    ($case:literal: $model:expr, $inputs:expr, [$($y:ident),*]) => {{
        let model = with_weights($case, $model);
        // One output stands in parentheses, too.
        #[allow(unused_parens)]
        let ($($y),*) = model.predict($inputs)?;
        let mut i = 0;
        $(
            compare($case, &format!("output_{i}"), &$y.shape(), &$y.to_vec()?, 1e-5);
            i += 1;
        )*
        assert!(i > 0);
    }};
    ($case:literal: $model:expr, $inputs:expr) => {{
        case!($case: $model, $inputs, [y]);
        let model = with_weights($case, $model);
        let y = model.predict($inputs)?;
        let target = ArrayD::<f32>::zeros(y.shape());
        let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
        for _ in 0..2 {
            model.train_on_batch($inputs, &target)?;
        }
        for (i, (path, raw)) in model.weights().iter().enumerate() {
            compare($case, &format!("trained_{i}"), &raw.shape(), &raw.to_vec()?, 1e-4);
            assert!(path.contains('/'));
        }
    }};
}

#[test]
fn one_cell() -> keras_core::Result<()> {
    let x = &sequence();
    case!("last": model!(Input(None, 3) => RNN(Leaky::<4>())), x);
    case!("steps": model! {
        let (y, h) = Input(None, 3) => RNN(Leaky::<4>(), return_sequences = true, return_state = true);
        (y, h)
    }, x, [y, h]);
    case!("back": model!(Input(None, 3) => RNN(Peek::<4, 2>(0.5), return_sequences = true, go_backwards = true)), x);
    case!("two": model! {
        let (y, h, m) = Input(None, 3) => RNN(Peek::<4, 2>(0.5), return_state = true);
        (y, h, m)
    }, x, [y, h, m]);
    Ok(())
}

model! {
    struct Begun {
        let s = Input(None, 3);
        let h = Input(4);
        let m = Input(2);
        s => RNN(Peek::<4, 2>(0.5), return_sequences = true, initial_state = [h, m])
    }
}

#[test]
fn first_states() -> keras_core::Result<()> {
    let (x, h, m) = (sequence(), numbers("h0"), numbers("m0"));
    let h: Array2<f32> = h.into_dimensionality().expect("two axes");
    let m: Array2<f32> = m.into_dimensionality().expect("two axes");
    case!("begun": Begun::new(), BegunInputs { s: &x, h: &h, m: &m });
    Ok(())
}

#[test]
fn masked() -> keras_core::Result<()> {
    let x = &sequence();
    case!("masked": model!(Input(None, 3) => Masking() => RNN(Leaky::<4>(), return_sequences = true)), x);
    case!("masked_last": model! {
        let (y, h) = Input(None, 3) => Masking() => RNN(Leaky::<4>(), return_state = true, go_backwards = true);
        (y, h)
    }, x, [y, h]);
    case!("masked_zero": model! {
        let (y, h, m) = Input(None, 3) => Masking() => RNN(Peek::<4, 2>(0.5), return_sequences = true, return_state = true, zero_output_for_mask = true);
        (y, h, m)
    }, x, [y, h, m]);
    case!("behind": model!(Input(None, 3) => Masking() => RNN(Leaky::<4>(), return_sequences = true, zero_output_for_mask = true) => LSTM(2)), x);
    Ok(())
}

#[test]
fn stacks() -> keras_core::Result<()> {
    let x = &sequence();
    case!("stack": model! {
        let (y, a, g, h, m) = Input(None, 3) => RNN([Leaky::<4>(), GRUCell(3), Peek::<4, 2>(0.5)], return_state = true);
        (y, a, g, h, m)
    }, x, [y, a, g, h, m]);
    case!("stack": model! {
        let (y, a, g, h, m) = Input(None, 3)
            => RNN(StackedRNNCells([Leaky::<4>(), GRUCell(3), Peek::<4, 2>(0.5)]), return_state = true);
        (y, a, g, h, m)
    }, x, [y, a, g, h, m]);
    Ok(())
}

#[test]
fn both_ways() -> keras_core::Result<()> {
    let x = &sequence();
    case!("both": model!(Input(None, 3) => Masking() => Bidirectional(RNN(Leaky::<4>(), return_sequences = true))), x);
    case!("both_sum": model!(Input(None, 3) => Bidirectional(RNN([Leaky::<3>(), Peek::<4, 2>(0.5)]), merge_mode = "sum")), x);
    case!("both_state": model! {
        let (y, h, m, b, c) = Input(None, 3) => Bidirectional(RNN(Peek::<4, 2>(0.5), return_state = true));
        (y, h, m, b, c)
    }, x, [y, h, m, b, c]);
    case!("both_other": model!(Input(None, 3) => Bidirectional(
        RNN(Leaky::<4>()),
        backward_layer = RNN(Peek::<2, 1>(0.5), go_backwards = true),
    )), x);
    Ok(())
}

/// Names are those of Keras, a bound cell is given by its name, and what is saved is read again.
#[test]
fn names_and_files() -> keras_core::Result<()> {
    let fresh = || {
        model! {
            let cell = Leaky::<4>(name = "mine");
            let y = Input(None, 3) => RNN(cell, return_sequences = true);
            let z = y => RNN([Leaky::<2>(), Leaky::<2>(), LSTMCell(2)], name = "stack", return_sequences = true);
            z => Bidirectional(RNN(Leaky::<2>()))
        }
    };
    let (model, mut other) = (fresh(), fresh());
    let names: Vec<String> = model.weights().into_iter().map(|(path, _)| path).collect();
    let wanted = [
        "rnn/mine/kernel",
        "rnn/mine/recurrent_kernel",
        "stack/stacked_rnn_cells/leaky/kernel",
        "stack/stacked_rnn_cells/leaky/recurrent_kernel",
        "stack/stacked_rnn_cells/leaky_1/kernel",
        "stack/stacked_rnn_cells/leaky_1/recurrent_kernel",
        "stack/stacked_rnn_cells/lstm_cell/kernel",
        "stack/stacked_rnn_cells/lstm_cell/recurrent_kernel",
        "stack/stacked_rnn_cells/lstm_cell/bias",
    ];
    assert_eq!(names[..9], wanted);
    assert!(
        names[9].starts_with("bidirectional/forward_rnn") && names[9].ends_with("/leaky/kernel"),
        "{}",
        names[9]
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own_cells.safetensors");
    model.save_weights(&path)?;
    other.load_weights(&path)?;
    let x = sequence();
    assert_eq!(other.predict(&x)?.to_vec()?, model.predict(&x)?.to_vec()?);
    assert_eq!(model.clone().predict(&x)?.to_vec()?, model.predict(&x)?.to_vec()?);
    Ok(())
}

/// The state goes on from batch to batch, and each sentence of a text is read by one cell.
#[test]
fn states_that_stay_and_steps_of_steps() -> keras_core::Result<()> {
    let x = sequence();
    let target = ArrayD::<f32>::zeros(vec![5, 4]);
    // The same layer of Keras, two batches of whose training depend on each other.
    let mut own = model!(Input(6, 3, batch = 5) => RNN(Leaky::<4>(), stateful = true));
    let mut keras = model!(Input(6, 3, batch = 5) => SimpleRNN(4, use_bias = false, stateful = true));
    super::engine::shake(&mut own);
    super::engine::shake(&mut keras);
    let mut own = own.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let mut keras = keras.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    for _ in 0..3 {
        let found = own.train_on_batch(&x, &target)?[0].1;
        let wanted = keras.train_on_batch(&x, &target)?[0].1;
        near("stateful", &[found as f32], &[wanted as f32], 1e-6);
    }
    let mut other = model!(Input(6, 3, batch = 5) => RNN(Leaky::<4>()));
    other.set_weights(&own.weights().into_iter().map(|(_, raw)| raw).collect::<Vec<_>>())?;
    let mut other = other.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (kept, fresh) = (own.train_on_batch(&x, &target)?[0].1, other.train_on_batch(&x, &target)?[0].1);
    assert!((kept - fresh).abs() > 1e-6, "the state of the batch before counts: {kept}, {fresh}");

    let mut sentences = model!(Input(2, 3, 3) => TimeDistributed(RNN(Leaky::<4>())));
    let mut one = model!(Input(3, 3) => RNN(Leaky::<4>()));
    super::engine::shake(&mut sentences);
    super::engine::shake(&mut one);
    let text = x.clone().into_shape_with_order((5, 2, 3, 3)).expect("a text");
    let found = sentences.predict(&text)?.to_vec()?;
    let wanted: Vec<f32> = x
        .into_shape_with_order((10, 3, 3))
        .map(|x| one.predict(&x).and_then(|y| y.to_vec()))
        .expect("sentences")?;
    near("sentences", &found, &wanted, 1e-6);
    Ok(())
}

/// A cell that does not give what it says is told of when the model is traced.
#[test]
fn a_cell_of_another_width() {
    struct Wrong;
    impl Wrong {
        fn new() -> Self {
            Wrong
        }
    }
    impl<const N: usize> Cell<N> for Wrong {
        const OUTPUT: usize = 2;

        fn step(
            &self,
            x: Symbolic,
            _: &[Symbolic],
            _: &mut Trace<'_>,
        ) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
            Ok((x.clone(), vec![x]))
        }
    }
    let model = model!(Input(None, 3) => RNN(Wrong()));
    let error = model.predict(&sequence()).expect_err("a mistake").to_string();
    assert!(error.contains("cell `wrong` gives an output of shape (5, 3); it says (5, 2)"), "{error}");
}
