//! Ids beyond 2^24, which an `f32` rounds: integers travel as integers, whichever way they come in, and what is no
//! integer is refused with its value and place.

use keras_core::engine::without;
use keras_core::prelude::*;
use ndarray::{Array1, Array2, array};

/// The first whole number that no `f32` is.
const ODD: i32 = (1 << 24) + 1;

type Ids = keras_core::tensor::Integers<(Dyn, Dyn)>;

/// A table of more rows than `f32` tells apart, with a value of its own near 2^24.
fn large() -> impl Model<Inputs = Of<Ids>, Outputs = Of<(Dyn, Dyn, Len<1>)>> {
    let mut model =
        model!(Input(None, dtype = int32) => Embedding(16_777_220, 1, embeddings_initializer = zeros));
    let mut rows = vec![0.0; 16_777_220];
    rows.iter_mut().enumerate().skip(16_777_210).for_each(|(id, row)| *row = (id - 16_777_210) as f32);
    model.embedding.set_weight("embeddings", &rows).expect("the rows fit");
    model
}

#[test]
fn every_way_in_reads_the_row_that_was_asked_for() {
    let model = large();
    let ids = [ODD - 2, ODD - 1, ODD, ODD + 1];
    let rows = [5.0, 6.0, 7.0, 8.0];
    macro_rules! one {
        ($($t:ty),*) => { $(
            let x = ids.map(|id| id as $t);
            assert_eq!(model.predict_one(&x).unwrap(), rows, stringify!($t));
            assert_eq!(model.predict_one(&x[..]).unwrap(), rows, stringify!($t));
            assert_eq!(model.predict_one(&x.to_vec()).unwrap(), rows, stringify!($t));
            let x = Array2::from_shape_vec((1, 4), x.to_vec()).unwrap();
            assert_eq!(model.predict(&x).unwrap().to_vec().unwrap(), rows, stringify!($t));
            assert_eq!(without(|| model.predict(&x)).unwrap().to_vec().unwrap(), rows, stringify!($t));
        )* };
    }
    one!(i32, i64, isize, u32, u64, usize, f64);
    // An f32 is taken where it is whole: these are.
    assert_eq!(model.predict_one(&[16_777_216.0_f32, 16_777_218.0]).unwrap(), [6.0, 8.0]);
    let beyond = model.predict_one(&[16_777_220]).unwrap_err().to_string();
    assert!(beyond.contains("the id 16777220 (number 0 of the batch"), "{beyond}");
}

#[test]
fn what_is_no_id_is_refused_with_value_and_place() {
    let mut model =
        model!(Input(3, dtype = int32, name = "words") => Embedding(5, 2) => Flatten() => Dense(1)).compile(
            SGD::new(0.1),
            MeanSquaredError::new(),
            (),
        );
    let y = Array2::<f32>::zeros((2, 1));
    macro_rules! refused {
        ($($bad:expr => $why:literal;)*) => { $({
            let bad = $bad;
            let mut one = [1 as _; 3];
            one[2] = bad;
            let sentence = |row: usize| format!(
                "input `words`: {} (number 2 of sample {row}, counted from 0); an input of `dtype = int32` takes whole numbers from -2147483648 to 2147483647",
                $why
            );
            assert_eq!(model.predict_one(&one).unwrap_err().to_string(), sentence(0));
            assert_eq!(without(|| model.predict_one(&one)).unwrap_err().to_string(), sentence(0));
            let mut x = Array2::from_elem((2, 3), one[0]);
            x[[1, 2]] = bad;
            let found = [
                model.predict(&x).err(),
                model.train_on_batch(&x, &y).err(),
                model.test_on_batch(&x, &y).err(),
                model.gradients(&x, &y).err(),
                model.evaluate(&x, &y).verbose(0).run().err(),
                model.fit(&x, &y).verbose(0).run().err(),
                model.fit_batches(|| std::iter::once((x.clone(), y.clone()))).verbose(0).run().err(),
            ];
            for found in found {
                assert_eq!(found.expect("an error").to_string(), sentence(1));
            }
        })* };
    }
    refused! {
        4_294_967_299_i64 => "4294967299 is beyond the range of int32";
        2_147_483_648_u32 => "2147483648 is beyond the range of int32";
        -2_147_483_649_i64 => "-2147483649 is beyond the range of int32";
        usize::MAX => "18446744073709551615 is beyond the range of int32";
        4_294_967_296.0_f32 => "4294967296 is beyond the range of int32";
        0.5_f32 => "0.5 is no whole number";
        -0.25_f64 => "-0.25 is no whole number";
        f32::NAN => "NaN is no number that an integer can be";
        f64::INFINITY => "inf is no number that an integer can be";
    }
    // What is an int32, but no row.
    for id in [-1, 5, ODD, i32::MAX, i32::MIN] {
        let sentence = format!(
            "layer `embedding`: the id {id} (number 1 of the batch, counted from 0) is out of range: with `input_dim = 5`, ids run from 0 to 4"
        );
        assert_eq!(model.predict_one(&[0, id, 0]).unwrap_err().to_string(), sentence);
        assert_eq!(model.predict(&array![[0, id, 0]]).map(|_| ()).unwrap_err().to_string(), sentence);
        let found = without(|| model.predict(&array![[0, id, 0]])).map(|_| ()).unwrap_err().to_string();
        assert_eq!(found, sentence);
    }
    assert!(model.predict_one(&[true, false, true]).is_ok());
    assert!(model.predict_one(&[1_u8, 2, 3]).is_ok());
    assert!(model.predict_one(&[1.0, 2.0, 3.0]).is_ok());
}

#[test]
fn floats_that_are_no_ids_are_refused_in_front_of_a_table() {
    let model = model!(Input(2) => Embedding(5, 2));
    for bad in [0.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.5] {
        for found in [model.predict_one(&[1.0, bad]), without(|| model.predict_one(&[1.0, bad]))] {
            let found = found.unwrap_err().to_string();
            let sentence = "(number 1 of the batch, counted from 0) is no id: it is no whole number";
            assert_eq!(found, format!("layer `embedding`: {bad} {sentence}"));
        }
    }
    assert!(model.predict_one(&[4.0, 0.0]).is_ok());
    // Integers that an input of floats would round before they are looked up.
    let found = model.predict(&array![[1_i64, 16_777_217]]).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        found,
        "input `input_layer`: the id 16777217 (number 1 of sample 0, counted from 0) is another as a float32; write `dtype = int32` in its `Input`"
    );
    // Features of such a size are rounded, as in Keras.
    let model = model!(Input(2) => Rescaling(1.0));
    assert_eq!(model.predict(&array![[1_i64, 16_777_217]]).unwrap().to_vec().unwrap(), [1.0, 16_777_216.0]);
}

model! {
    /// Hands integers on, and floats of them.
    pub struct Inner {
        let x = Input(4, dtype = int32);
        (x => Reshape((2, 2)) => Permute((2, 1)), x => Rescaling(1.0))
    }
}

model! {
    pub struct Moved {
        let x = Input(4, dtype = int32);
        x => Reshape((4, 1)) => Permute((2, 1)) => Identity() => Flatten() => RepeatVector(2)
    }
}

/// What remains of ids beyond 2^24 after the first is taken off shows whether they arrived as they were.
#[test]
fn layers_that_move_integers_keep_them() {
    let x = array![[ODD - 1, ODD, ODD + 1, ODD + 2]];
    let base = Array2::from_elem((1, 4), ODD - 1);
    macro_rules! remains {
        ($($what:literal: $model:expr => $expected:expr;)*) => { $({
            let model = $model;
            let expected: Vec<f32> = $expected.to_vec();
            assert_eq!(model.predict((&x, &base)).unwrap().to_vec().unwrap(), expected, $what);
            assert_eq!(without(|| model.predict((&x, &base))).unwrap().to_vec().unwrap(), expected, "{}, Burn", $what);
            let one = model.predict_one((x.as_slice().unwrap(), base.as_slice().unwrap())).unwrap();
            assert_eq!(one, expected, $what);
        })* };
    }
    remains! {
        "nothing between": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x, base] => Subtract()
        } => [0.0, 1.0, 2.0, 3.0];
        "reshaped and permuted": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x => Reshape((2, 2)) => Permute((2, 1)) => Flatten(), base] => Subtract()
        } => [0.0, 2.0, 1.0, 3.0];
        "repeated": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x => RepeatVector(2), base => RepeatVector(2)] => Subtract()
        } => [0.0, 1.0, 2.0, 3.0, 0.0, 1.0, 2.0, 3.0];
        "joined": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [[x, base] => Concatenate(), [base, base] => Concatenate()] => Subtract()
        } => [0.0, 1.0, 2.0, 3.0, 0.0, 0.0, 0.0, 0.0];
        "stretched": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x => Reshape((4, 1)), base => Reshape((1, 4))] => Subtract() => Flatten()
        } => [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0];
        "padded and shown larger": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            let y = [x, base] => Subtract() => Reshape((2, 2, 1));
            y => ZeroPadding2D(((0, 0), (1, 0))) => UpSampling2D((1, 2)) => Flatten()
        } => [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 2.0, 2.0, 3.0, 3.0];
        "sums and products": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            let more = [x, base] => Add();
            let twice = [base, base] => Add();
            let difference = [more, twice] => Subtract();
            [difference, difference, difference] => Multiply()
        } => [0.0, 1.0, 8.0, 27.0];
        "extremes": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [[x, base] => Maximum(), [x, base] => Minimum()] => Subtract()
        } => [0.0, 1.0, 2.0, 3.0];
        "masked": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x => Reshape((4, 1)) => Masking(mask_value = 1.0) => Flatten(), base] => Subtract()
        } => [0.0, 1.0, 2.0, 3.0];
        "a step at a time": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x => Reshape((2, 2)) => TimeDistributed(RepeatVector(1)) => Flatten(), base] => Subtract()
        } => [0.0, 1.0, 2.0, 3.0];
        "a model inside": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            let (whole, _floats) = x => Inner;
            [whole => Flatten(), base] => Subtract()
        } => [0.0, 2.0, 1.0, 3.0];
        "looked up": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x, base] => Subtract() => Embedding(4, 1, embeddings_initializer = ones) => Flatten()
        } => [1.0, 1.0, 1.0, 1.0];
        "looked up at every step": model! {
            let x = Input(4, dtype = int32);
            let base = Input(4, dtype = int32);
            [x, base] => Subtract() => Reshape((2, 2)) => TimeDistributed(Embedding(4, 1, embeddings_initializer = ones)) => Flatten()
        } => [1.0, 1.0, 1.0, 1.0];
    }
}

#[test]
fn integers_become_floats_where_a_layer_computes() {
    // As Keras: `ops.cast(x, "float32")` rounds to the nearest, ties to even.
    let x = array![[3, ODD, -ODD, i32::MAX]];
    let floats = [3.0, 16_777_216.0, -16_777_216.0, 2_147_483_648.0];
    let rescaled = model!(Input(4, dtype = int32) => Rescaling(2.0));
    assert_eq!(rescaled.predict(&x).unwrap().to_vec().unwrap(), floats.map(|x: f32| 2.0 * x));
    let dense = model!(Input(4, dtype = int32) => Dense(1, kernel_initializer = ones));
    assert_eq!(dense.predict_one(&[1, 2, 3, 4]).unwrap(), [10.0]);
    let (whole, float) = Inner::new().predict(&x).unwrap();
    assert_eq!(whole.to_vec().unwrap(), [floats[0], floats[2], floats[1], floats[3]]);
    assert_eq!(float.to_vec().unwrap(), floats);
    assert_eq!(
        Moved::new().predict_one(&[1, 2, 3, ODD]).unwrap(),
        [1.0, 2.0, 3.0, 16_777_216.0, 1.0, 2.0, 3.0, 16_777_216.0]
    );
    // The mean of integers is no integer.
    let mean = model! {
        let x = Input(2, dtype = int32);
        let y = Input(2, dtype = int32);
        [x, y] => Average()
    };
    assert_eq!(mean.predict_one((&[1, 2], &[2, 2])).unwrap(), [1.5, 2.0]);
    // Integers and floats together are floats.
    let both = model! {
        let x = Input(2, dtype = int32);
        let y = Input(2);
        [[x, y] => Add(), [x, y] => Concatenate()] => Concatenate()
    };
    assert_eq!(both.predict_one((&[1, 2], &[0.5, 0.25])).unwrap(), [1.5, 2.25, 1.0, 2.0, 0.5, 0.25]);
    let burn = without(|| both.predict((&array![[1, 2]], &array![[0.5, 0.25]]))).unwrap();
    assert_eq!(burn.to_vec().unwrap(), [1.5, 2.25, 1.0, 2.0, 0.5, 0.25]);
}

#[test]
fn integers_train_as_they_predict() {
    // A table behind moved integers, a mask of them, and floats of them; with plans and as Burn code.
    let build = || {
        keras_core::device::with_seed(7, || {
            model! {
                let words = Input(4, dtype = int32);
                let table = words => RepeatVector(1) => Flatten() => Embedding(6, 3, mask_zero = true);
                let counts = words => Rescaling(0.5) => Dense(2);
                [table => LSTM(3), counts] => Concatenate() => Dense(1)
            }
        })
    };
    let x = array![[1_i64, 2, 0, 0], [5, 4, 3, 1], [2, 0, 0, 0]];
    let y = array![[1.0_f32], [2.0], [3.0]];
    let mut model = build().compile(Adam::new(0.01), MeanSquaredError::new(), ());
    let (loss, gradients) = model.gradients(&x, &y).unwrap();
    let (burn_loss, burn) = without(|| model.gradients(&x, &y)).unwrap();
    assert!((loss - burn_loss).abs() < 1e-5, "{loss} {burn_loss}");
    for (a, b) in gradients.iter().zip(&burn) {
        let (a, b) = (a.as_ref().unwrap().to_vec().unwrap(), b.as_ref().unwrap().to_vec().unwrap());
        a.iter().zip(&b).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} {b}"));
    }
    let before = model.evaluate(&x, &y).verbose(0).run().unwrap().loss();
    model.fit(&x, &y).epochs(20).verbose(0).run().unwrap();
    assert!(model.evaluate(&x, &y).verbose(0).run().unwrap().loss() < before);
}

#[test]
fn classes_that_no_f32_is_are_refused() {
    let mut model = model!(Input(2) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let x = Array2::<f32>::zeros((2, 2));
    for label in [i64::from(ODD), 4_294_967_299] {
        let found = model.train_on_batch(&x, &Array1::from(vec![0, label])).unwrap_err().to_string();
        assert!(found.contains(&format!("class {label} of sample 1 (counted from 0)")), "{found}");
    }
}
