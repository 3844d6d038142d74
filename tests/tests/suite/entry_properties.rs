//! Every way into a model has the same verdict on the same inputs, whatever their lengths are.

use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;

/// An array of this shape.
fn array(shape: &[usize]) -> ArrayD<f32> {
    let mut i = 0u32;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        i += 1;
        ((i * 37) % 23) as f32 / 23.0 - 0.5
    })
}

/// Whether each way into a model takes these inputs; with the sentence if not.
macro_rules! verdicts {
    ($model:expr, $x:expr, $one:expr, $y:expr) => {{
        let mut model = $model.compile(SGD::new(0.001), MeanSquaredError::new(), ());
        let mut told: Vec<(&str, Option<String>)> = Vec::new();
        let mut note = |how, found: Option<keras_core::Error>| told.push((how, found.map(|e| e.to_string())));
        note("predict", model.predict($x).err());
        note("train_on_batch", model.train_on_batch($x, $y).err());
        note("test_on_batch", model.test_on_batch($x, $y).err());
        note("gradients", model.gradients($x, $y).err());
        note("evaluate", model.evaluate($x, $y).verbose(0).run().err());
        note("fit", model.fit($x, $y).verbose(0).run().err());
        if let Some(one) = $one {
            note("predict_one", model.predict_one(one).err());
        }
        told
    }};
}

/// All are the same.
fn agree(
    what: &str,
    shape: &dyn std::fmt::Debug,
    told: &[(&str, Option<String>)],
    wanted: bool,
) -> Result<(), TestCaseError> {
    let (_, first) = &told[0];
    prop_assert_eq!(first.is_none(), wanted, "{} {:?}: {:?}", what, shape, first);
    for (how, found) in told {
        if *how == "predict_one" {
            // It knows the number of numbers only.
            prop_assert!(wanted == found.is_none(), "{} {:?}, {}: {:?}", what, shape, how, found);
        } else {
            prop_assert_eq!(found, first, "{} {:?}, {}", what, shape, how);
        }
    }
    Ok(())
}

/// One input of three axes and one output of one number a sample, over random lengths: those that the model takes.
macro_rules! check {
    ($lengths:expr, $takes:expr; $($what:literal: ($($layers:tt)*);)*) => {{
        let [batch, time, width]: [usize; 3] = $lengths;
        let x = array(&[batch, time, width]);
        let y = array(&[batch, 1]);
        let wanted = $takes(batch, time, width);
        let flat: Vec<f32> = x.iter().copied().collect();
        // A sample of `predict_one` has no axes: only lengths that cannot be read otherwise are compared.
        let one = (batch == 1 && (wanted || !(time * width).is_multiple_of(4))).then_some(&flat[..]);
        $( agree($what, &$lengths, &verdicts!(model!($($layers)*), &x, one, &y), wanted)?; )*
    }};
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn sequences_of_any_length(lengths in [1usize..4, 0..4, 1..6]) {
        check!(lengths, |_, time, width| time > 0 && width == 4;
            "mean": (Input(None, 4) => GlobalAveragePooling1D() => Dense(1));
            "masked": (Input(None, 4) => Masking() => LSTM(2) => Dense(1));
            "both ways": (Input(None, 4) => Bidirectional(GRU(2)) => Dense(1));
            "normalised": (Input(None, 4) => LayerNormalization() => GlobalMaxPooling1D() => Dense(1));
            "batch": (Input(None, 4) => BatchNormalization() => SimpleRNN(2) => Dense(1));
            "convolution": (Input(None, 4) => Conv1D(3, 2, padding = same) => GlobalMaxPooling1D() => Dense(1));
        );
    }

    #[test]
    fn windows_that_need_a_length(lengths in [1usize..3, 0..8, 4..5]) {
        check!(lengths, |_, time, _| time >= 3;
            "convolution": (Input(None, 4) => Conv1D(3, 3) => GlobalMaxPooling1D() => Dense(1));
            "pooling": (Input(None, 4) => MaxPooling1D(3) => GlobalAveragePooling1D() => Dense(1));
        );
    }

    #[test]
    fn fixed_lengths(lengths in [1usize..3, 1..6, 3..6]) {
        check!(lengths, |_, time, width| time == 3 && width == 4;
            "dense": (Input(3, 4) => Flatten() => Dense(1));
            "recurrent": (Input(3, 4) => LSTM(2) => Dense(1));
            "reshaped": (Input(3, 4) => Reshape((12,)) => Dense(1));
        );
    }

    #[test]
    fn two_inputs_that_share_an_axis(batch in 1usize..3, times in [1usize..4, 1..4], samples in 1usize..3) {
        let (x, z) = (array(&[batch, times[0], 2]), array(&[samples, times[1], 3]));
        let y = array(&[batch, 1]);
        let wanted = samples == batch && times[0] == times[1];
        let model = model!(
            let a = Input(time: None, 2);
            let b = Input(time: None, 3);
            [a, b] => Concatenate() => LSTM(2) => Dense(1)
        );
        let flat: [Vec<f32>; 2] = [x.iter().copied().collect(), z.iter().copied().collect()];
        let one = (batch == 1 && samples == 1).then_some((&flat[0][..], &flat[1][..]));
        let told = verdicts!(model, (&x, &z), one, &y);
        let (_, first) = &told[0];
        prop_assert_eq!(first.is_none(), wanted, "{:?} {:?}", (batch, samples, times), first);
        for (how, found) in &told {
            prop_assert_eq!(found.is_none(), wanted, "{} {:?} {:?}", how, (batch, samples, times), found);
        }
    }

    #[test]
    fn a_fixed_batch(batch in 1usize..7) {
        let (x, y) = (array(&[batch, 4]), array(&[batch, 1]));
        let mut model = model!(Input(4, batch = 3) => Dense(1)).compile(SGD::new(0.001), MeanSquaredError::new(), ());
        let whole = batch.is_multiple_of(3);
        // One batch: the type of the output says so.
        prop_assert_eq!(model.predict(&x).is_ok(), batch == 3);
        prop_assert_eq!(model.evaluate(&x, &y).verbose(0).run().is_ok(), whole);
        prop_assert_eq!(model.fit(&x, &y).verbose(0).run().is_ok(), whole);
        prop_assert_eq!(model.train_on_batch(&x, &y).is_ok(), batch == 3);
        prop_assert_eq!(model.test_on_batch(&x, &y).is_ok(), batch == 3);
        prop_assert_eq!(model.gradients(&x, &y).is_ok(), batch == 3);
        let batches = || std::iter::once((x.clone(), y.clone()));
        prop_assert_eq!(model.fit_batches(batches).verbose(0).run().is_ok(), batch == 3);
    }
}
