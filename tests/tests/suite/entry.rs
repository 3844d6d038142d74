//! What is fed to a model is checked once, whichever way it comes in: the same fault is told in the same words, and
//! nothing panics.

use keras_core::prelude::*;
use ndarray::{Array1, Array2, Array3};

/// What each way into a compiled model says of these inputs.
macro_rules! told {
    ($model:expr, $x:expr, $y:expr, good: $good_x:expr, $good_y:expr) => {{
        let (x, y, good_x, good_y) = (&$x, &$y, &$good_x, &$good_y);
        let model = &mut $model;
        let mut told: Vec<(&str, Option<String>)> = Vec::new();
        let mut note = |how, found: Option<keras_core::Error>| told.push((how, found.map(|e| e.to_string())));
        note("predict", model.predict(x).err());
        note("train_on_batch", model.train_on_batch(x, y).err());
        note("test_on_batch", model.test_on_batch(x, y).err());
        note("gradients", model.gradients(x, y).err());
        note("evaluate", model.evaluate(x, y).verbose(0).run().err());
        note("fit", model.fit(x, y).verbose(0).run().err());
        note("fit_batches", {
            let batches = || std::iter::once((x.to_owned(), y.to_owned()));
            model.fit_batches(batches).verbose(0).run().err()
        });
        note("validation_data", model.fit(good_x, good_y).validation_data(x, y).verbose(0).run().err());
        told
    }};
}

/// All ways tell of the fault in this sentence.
#[track_caller]
fn all_say(what: &str, told: &[(&str, Option<String>)], sentence: &str) {
    for (how, found) in told {
        assert_eq!(found.as_deref(), Some(sentence), "{what}, {how}");
    }
}

/// Small models of sequences of four features, each with the output `(None, 1)`.
macro_rules! each_sequence_model {
    ($visit:ident) => {
        $visit! {
            "dense": Dense(3);
            "activation": Activation(softmax);
            "layer normalisation": LayerNormalization();
            "batch normalisation": BatchNormalization();
            "softmax over time": Softmax(axis = 1);
            "masking": Masking();
            "lstm": LSTM(3, return_sequences = true);
            "gru": GRU(3, return_sequences = true);
            "simple rnn": SimpleRNN(3, return_sequences = true);
            "both ways": Bidirectional(LSTM(2, return_sequences = true));
            "convolution": Conv1D(3, 2, padding = same);
            "pooling": MaxPooling1D(1);
            "average pooling": AveragePooling1D(1);
            "time distributed": TimeDistributed(Dense(3));
            "dropout": Dropout(0.5);
            "spatial dropout": SpatialDropout1D(0.5);
            "permute": Permute((1, 2));
            "rescaling": Rescaling(2.0);
            "identity": Identity();
            "relu": ReLU();
            "elu": ELU();
            "leaky relu": LeakyReLU();
        }
    };
}

#[test]
fn bad_lengths_are_told_alike_by_every_way_in() {
    macro_rules! visit {
        ($($what:literal: $layer:ident($($argument:tt)*);)*) => { $({
            let model = model!(Input(None, 4) => $layer($($argument)*) => GlobalMaxPooling1D() => Dense(1));
            let mut model = model.compile(SGD::new(0.01), MeanSquaredError::new(), ());
            let (good, y) = (Array3::<f32>::ones((2, 3, 4)), Array2::<f32>::ones((2, 1)));
            let empty = "input_layer: axis 1 is empty: no layer can work on a length of 0";
            let all = told!(model, Array3::<f32>::zeros((2, 0, 4)), y, good: good, y);
            all_say($what, &all, empty);
            assert_eq!(model.predict_one(&[]).unwrap_err().to_string(), empty, $what);
            assert_eq!(model.multiply_adds(&[&[0, 4]]).unwrap_err().to_string(), empty, $what);
            let wide = "input_layer: axis 2 has 5, and (None, None, 4) has 4 there";
            all_say($what, &told!(model, Array3::<f32>::zeros((2, 3, 5)), y, good: good, y), wide);
            let found = model.predict_one(&[0.5; 6]).unwrap_err().to_string();
            assert_eq!(found, "input_layer: 6 numbers do not make one sample of (None, None, 4)");
            assert!(model.predict_one(&[0.5; 8]).is_ok() && model.predict(&good).is_ok(), $what);
        })* };
    }
    each_sequence_model!(visit);
}

#[test]
fn nothing_at_all_is_no_sample_of_attention_and_global_layers() {
    let empty = "axis 1 is empty: no layer can work on a length of 0";
    macro_rules! refused {
        ($($model:expr;)*) => { $({
            let found = $model.predict_one(&[]).unwrap_err().to_string();
            let sentence = found.split_once(": ").map(|(_, sentence)| sentence);
            assert_eq!(sentence, Some(empty), "{}", stringify!($model));
        })* };
    }
    refused! {
        model!(Input(None, 4) => GlobalMaxPooling1D());
        model!(Input(None, 4) => GlobalAveragePooling1D());
        model!(Input(None, 4, 2) => GlobalMaxPooling2D());
        model!(Input(None, 4, 2) => GlobalAveragePooling2D());
        model!(Input(None, 4, 2) => ZeroPadding2D(1) => Conv2D(2, 2));
        model!(Input(None, 4, 2) => UpSampling2D(2));
        model!(Input(None, 4, 2) => TimeDistributed(Conv1D(2, 2)));
        model!(Input(None) => Rescaling(2.0));
        model! { let x = Input(None, 4); [x, x] => Attention() };
        model! { let x = Input(None, 4); [x, x] => AdditiveAttention() };
        model! { let x = Input(None, 4); [x, x] => MultiHeadAttention(2, 2) };
        model! { let x = Input(None, 4); [x, x] => Dot(axes = 2) };
        model! { let x = Input(None, 4); [x, x] => Concatenate(axis = 1) };
        model! { let x = Input(None, 4); [x, x => Dense(4)] => Multiply() };
    }
    let ids = model!(Input(None, dtype = int32) => Embedding(5, 3) => GlobalAveragePooling1D());
    assert!(ids.predict_one(&[0_i32; 0]).unwrap_err().to_string().ends_with(empty));
}

model! {
    /// Two sequences of the same length.
    pub struct Pair {
        let left = Input(time: None, 2);
        let right = Input(time: None, 2);
        [left, right] => Add() => GlobalAveragePooling1D() => Dense(1)
    }
}

model! {
    pub struct Outer {
        let a = Input(None, 2);
        let b = Input(None, 2);
        [a, b] => Pair
    }
}

#[test]
fn axes_of_one_name_are_compared_by_every_way_in() {
    let sentence = "right: axis `time` has 5 here and 3 in input `left`; axes of one name are equal";
    let (a, b) = (Array3::<f32>::ones((2, 3, 2)), Array3::<f32>::ones((2, 5, 2)));
    let y = Array2::<f32>::ones((2, 1));
    let mut model = Pair::new().compile(SGD::new(0.01), MeanSquaredError::new(), ());
    let mut found = vec![
        model.predict((&a, &b)).err(),
        model.predict_one((&[0.0; 6], &[0.0; 10])).err(),
        model.train_on_batch((&a, &b), &y).err(),
        model.test_on_batch((&a, &b), &y).err(),
        model.gradients((&a, &b), &y).err(),
        model.evaluate((&a, &b), &y).verbose(0).run().err(),
        model.fit((&a, &b), &y).verbose(0).run().err(),
        model.fit((&a, &a), &y).validation_data((&a, &b), &y).verbose(0).run().err(),
        model.multiply_adds(&[&[3, 2], &[5, 2]]).err(),
    ];
    // The same model as a layer, where nothing names the axes outside.
    let outer = Outer::new();
    found.push(outer.predict((&a, &b)).err());
    found.push(outer.predict_one((&[0.0; 6], &[0.0; 10])).err());
    found.push(keras_core::engine::without(|| outer.predict((&a, &b)).err()));
    for (at, found) in found.into_iter().enumerate() {
        let found = found.unwrap_or_else(|| panic!("way {at} answers"));
        assert_eq!(found.to_string(), sentence, "way {at}");
    }
    assert!(outer.predict_one((&[0.0; 6], &[0.0; 6])).is_ok());
    assert!(model.predict_one((&[0.0; 6], &[0.0; 6])).is_ok());
}

#[test]
fn a_fixed_batch_is_compared_by_every_way_in() {
    let mut model =
        model!(Input(4, batch = 3) => Dense(1)).compile(SGD::new(0.01), MeanSquaredError::new(), ());
    let data = |n: usize| (Array2::<f32>::ones((n, 4)), Array2::<f32>::ones((n, 1)));
    let ((x, y), (good_x, good_y)) = (data(5), data(3));
    let sentence = |n: usize| format!("input_layer: axis 0 has {n}, and (3, 4) has 3 there");
    all_say("5 samples", &told!(model, x, y, good: good_x, good_y), &sentence(5));
    assert_eq!(model.predict_one(&[1.0; 4]).unwrap_err().to_string(), sentence(1));
    // Six samples are two batches, but not one.
    let (x, y) = data(6);
    assert_eq!(model.predict(&x).map(|_| ()).unwrap_err().to_string(), sentence(6));
    assert!(model.evaluate(&x, &y).verbose(0).run().is_ok());
    assert!(model.fit(&x, &y).verbose(0).run().is_ok());
    assert_eq!(model.train_on_batch(&x, &y).unwrap_err().to_string(), sentence(6));
    assert_eq!(model.test_on_batch(&x, &y).unwrap_err().to_string(), sentence(6));
    let size = "the model's batch is 3, and `batch_size` is 2";
    assert_eq!(model.evaluate(&x, &y).batch_size(2).verbose(0).run().unwrap_err().to_string(), size);
    assert_eq!(model.fit(&x, &y).batch_size(2).verbose(0).run().unwrap_err().to_string(), size);
}

#[test]
fn no_samples_are_no_batch() {
    let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.01), MeanSquaredError::new(), ());
    let (x, y) = (Array2::<f32>::ones((0, 4)), Array2::<f32>::ones((0, 1)));
    for found in
        [model.train_on_batch(&x, &y).err(), model.test_on_batch(&x, &y).err(), model.gradients(&x, &y).err()]
    {
        assert_eq!(found.expect("an error").to_string(), "there are no samples in the batch");
    }
    assert!(model.evaluate(&x, &y).verbose(0).run().is_err());
    assert!(model.fit(&x, &y).verbose(0).run().is_err());
    assert_eq!(model.predict(&x).unwrap().shape(), [0, 1]);
}

#[test]
fn sizes_beyond_memory_are_errors() {
    const HUGE: usize = 1 << 40;
    let model = model!(Input(2) => RepeatVector(HUGE) => GlobalAveragePooling1D());
    let found = model.predict(&Array2::<f32>::ones((1, 2))).map(|_| ()).unwrap_err().to_string();
    assert!(found.contains("more than there is memory"), "{found}");
    let found = model.predict_one(&[1.0, 2.0]).map(|_| ()).unwrap_err().to_string();
    assert!(found.contains("a batch of 1 sample takes 8796 GB"), "{found}");
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let (x, y) = (Array2::<f32>::ones((1, 2)), Array2::<f32>::ones((1, 2)));
    assert!(model.train_on_batch(&x, &y).unwrap_err().to_string().contains("more than there is memory"));
}

#[test]
fn errors_are_shown_as_sentences_by_main() {
    let found =
        model!(Input(4) => Dense(1)).predict(&Array2::<f32>::ones((2, 4)).slice(ndarray::s![.., ..3]));
    let found = found.map(|_| ()).unwrap_err();
    assert_eq!(format!("{found:?}"), found.to_string());
    assert_eq!(format!("{found:?}"), "input_layer: axis 1 has 3, and (None, 4) has 4 there");
    let missing = keras_core::data::csv::read("no such file.csv", &Default::default()).unwrap_err();
    assert!(format!("{missing:?}").starts_with("cannot read no such file.csv: "), "{missing:?}");
    let outer = keras_core::Error::from(missing);
    assert_eq!(format!("{outer:?}"), outer.to_string());
}

#[test]
fn labels_and_inputs_of_every_integer_type_are_taken() {
    let x = Array2::from_shape_fn((6, 2), |(i, j)| ((i * 2 + j) % 3) as f32);
    let labels = [0usize, 1, 2, 1, 0, 2];
    let run = |step: &dyn Fn(&mut Compiled<_, SparseCategoricalCrossentropy>) -> f64| {
        let model = keras_core::device::with_seed(3, || model!(Input(2) => Dense(3, activation = softmax)));
        step(&mut model.compile(SGD::new(0.1), SparseCategoricalCrossentropy::new(), ()))
    };
    let loss = |logs: keras_core::Result<keras_core::training::Logs>| logs.expect("a step")[0].1;
    let expected = run(&|m| loss(m.train_on_batch(&x, &Array1::from(labels.map(|l| l as i64).to_vec()))));
    macro_rules! same {
        ($($t:ty),*) => { $(
            let y = Array1::from(labels.map(|l| l as $t).to_vec());
            assert_eq!(run(&|m| loss(m.train_on_batch(&x, &y))), expected, stringify!($t));
            let x = x.mapv(|x| x as $t);
            assert_eq!(run(&|m| loss(m.train_on_batch(&x, &y))), expected, stringify!($t));
        )* };
    }
    same!(usize, isize, u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);
    let truth = x.mapv(|x| x > 0.0);
    let numbers = truth.mapv(|x| f32::from(u8::from(x)));
    let model = model!(Input(2) => Dense(1));
    assert_eq!(
        model.predict(&truth).unwrap().to_vec().unwrap(),
        model.predict(&numbers).unwrap().to_vec().unwrap()
    );
    let mut model = model.compile(SGD::new(0.1), BinaryCrossentropy::new(), ());
    let (y, one) = (truth.column(0).to_owned(), numbers.column(0).to_owned());
    let a = model.test_on_batch(&truth, &y).unwrap();
    assert_eq!(a, model.test_on_batch(&numbers, &one).unwrap());
}

#[test]
fn what_is_wrong_with_a_shape_is_a_value_too() {
    use keras_core::Error;
    use keras_core::shape::{Dim, ErrorKind};
    use ndarray::ArrayD;

    let mut model = model!(Input(4) => Dense(2)).compile("sgd", MeanSquaredError::new(), ());
    let (x, y) = (Array2::<f32>::zeros((8, 4)), Array2::<f32>::zeros((8, 2)));
    let wide = ArrayD::<f32>::zeros(vec![8, 5]);
    let cases = [
        (model.fit(&wide, &y).verbose(0).run().err(), (1, 4, 5)),
        (model.fit(&x, &ArrayD::<f32>::zeros(vec![8, 3])).verbose(0).run().err(), (1, 2, 3)),
        (model.fit(&x, &Array2::<f32>::zeros((7, 2))).verbose(0).run().err(), (0, 8, 7)),
    ];
    for (error, (axis, expected, found)) in cases {
        let Some(Error::Shape { kind, .. }) = error else { panic!("{error:?}") };
        let (expected, found) = (Dim::Fixed(expected), Dim::Fixed(found));
        assert_eq!(*kind, ErrorKind::Length { axis, expected, found });
    }
    let Err(Error::Shape { kind, .. }) = model.predict(&ArrayD::<f32>::zeros(vec![8, 4, 1])) else {
        panic!("an array of three axes is taken")
    };
    assert_eq!(*kind, ErrorKind::Rank { expected: 2, found: 3 });
}

#[test]
fn a_lambda_that_changes_the_shape_is_told_to_say_so() {
    let x = Array2::<f32>::ones((8, 4));
    let silent = model!(Input(4) => Lambda(|x| ops::sum(x, 1).keepdims(true)) => Dense(1));
    let error = silent.predict(&x).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        error,
        "the output of layer `lambda`: axis 1 has 1, and (None, 4) has 4 there\n\
         help: a `Lambda` that changes the shape says which it gives, without the batch axis: `output_shape = (1,)`"
    );
    // What it says to write is right.
    let said = model!(Input(4) => Lambda(|x| ops::sum(x, 1).keepdims(true), output_shape = (1,)));
    assert_eq!(said.predict(&x).unwrap().to_vec().unwrap(), [4.0; 8]);
}

#[test]
fn named_inputs_are_as_those_in_order() {
    model! {
        struct Scorer {
            let person = Input(2);
            let text = Input(3);
            let both = [person, text] => Concatenate();
            (both => Dense(1, name = "kind"), both => Dense(2, name = "Score"))
        }
    }
    let (person, text) = (Array2::<f32>::ones((4, 2)), Array2::<f32>::ones((4, 3)) * 2.0);
    let model = Scorer::with_seed(3);
    let (a, b) = model.predict((&person, &text)).unwrap();
    let (c, d) = model.predict(ScorerInputs { text: &text, person: &person }).unwrap();
    assert_eq!((a.to_vec().unwrap(), b.to_vec().unwrap()), (c.to_vec().unwrap(), d.to_vec().unwrap()));
    // Each goes to its own input: five features of 1, 1, 2, 2, 2.
    let weights = model.weights();
    let kernel = weights[0].1.to_vec().unwrap();
    let right: f32 = kernel.iter().zip([1.0, 1.0, 2.0, 2.0, 2.0]).map(|(w, x)| w * x).sum();
    assert!((a.to_vec().unwrap()[0] - right).abs() < 1e-5, "{} {right}", a.to_vec().unwrap()[0]);
    let narrow = ndarray::ArrayD::<f32>::zeros(vec![4, 1]);
    let error = model.predict(ScorerInputs { person: &narrow, text: &text }).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "person: axis 1 has 1, and (None, 2) has 2 there");
}

/// What is wrong beside another input, with targets, weights and classes, as values.
#[test]
fn shapes_of_targets_and_weights_are_values_too() {
    use keras_core::shape::{Dim, ErrorKind};

    let kind_of = |error: keras_core::Error| match error {
        keras_core::Error::Shape { kind, .. } => *kind,
        other => panic!("{other}"),
    };
    let length = |axis, expected, found| ErrorKind::Length {
        axis,
        expected: Dim::Fixed(expected),
        found: Dim::Fixed(found),
    };
    let two = model!({
        let a = Input(time: None, 2);
        let b = Input(time: None, 2);
        [a, b] => Add()
    });
    let array = |shape: [usize; 3]| ndarray::Array3::<f32>::zeros(shape);
    let found = two.predict((&array([3, 4, 2]), &array([5, 4, 2]))).unwrap_err();
    assert_eq!(kind_of(found), length(0, 3, 5));
    let found = two.predict((&array([3, 4, 2]), &array([3, 6, 2]))).unwrap_err();
    assert_eq!(kind_of(found), length(1, 4, 6));
    let mut model = model!(Input(4) => Dense(3));
    let weight = Raw::from_f32(vec![0.0; 8], &[4, 2]).unwrap();
    let bias = Raw::from_f32(vec![0.0; 3], &[3]).unwrap();
    assert_eq!(kind_of(model.set_weights(&[weight, bias]).unwrap_err()), length(1, 3, 2));
    let x = ndarray::Array2::<f32>::zeros((2, 4));
    let mut classes = model.compile(SGD::new(0.1), SparseCategoricalCrossentropy::new(), ());
    let found = classes.fit(&x, &ndarray::arr1(&[0i32, 3])).verbose(0).run().unwrap_err();
    assert_eq!(kind_of(found), ErrorKind::Range);
}
