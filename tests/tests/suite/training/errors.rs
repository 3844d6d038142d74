//! What cannot be trained on is an error that says why.

use keras_core::Error;
use keras_core::prelude::*;
use ndarray::{Array1, Array2, Array3, Axis as NdAxis, s};

use super::{bits, matrix};

#[test]
fn what_cannot_be_trained_on_is_an_error() {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let before = bits(&*model);
    let x = matrix(6, 4);
    let y = Array1::from(vec![0i32, 1, 2, 0, 1, 2]);
    let shape = |result: keras_core::Result<History>, word: &str| {
        assert!(matches!(&result, Err(Error::Shape { .. })), "{result:?}");
        let text = result.expect_err("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    let argument = |result: keras_core::Result<History>, word: &str| {
        assert!(matches!(&result, Err(Error::Argument(_))), "{result:?}");
        let text = result.expect_err("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    let empty = (Array2::<f32>::zeros((0, 4)), Array1::<i32>::zeros(0));
    argument(model.fit(&empty.0, &empty.1).verbose(0).run(), "no samples");
    shape(model.fit(&x, &y.slice(s![..5])).verbose(0).run(), "6 samples");
    shape(model.fit(&matrix(6, 5), &y).verbose(0).run(), "axis 1");
    shape(model.fit(&x.clone().into_dyn().insert_axis(NdAxis(2)), &y).verbose(0).run(), "3");
    shape(model.fit(&x, &Array2::<i32>::zeros((6, 3)).into_dyn()).verbose(0).run(), "axes");
    shape(model.fit(&x, &Array1::from(vec![0i32, 1, 3, 0, 1, 2])).verbose(0).run(), "class 3");
    shape(model.fit(&x, &Array1::from(vec![0i32, 1, -1, 0, 1, 2])).verbose(0).run(), "class -1");
    shape(model.fit(&x, &Array1::from(vec![0.0, 1.0, f32::NAN, 0.0, 1.0, 2.0])).verbose(0).run(), "class");
    argument(model.fit(&x, &y).batch_size(0).verbose(0).run(), "batch_size");
    for split in [1.0, -0.1, f64::NAN, 0.99] {
        argument(model.fit(&x, &y).validation_split(split).verbose(0).run(), "validation_split");
    }
    argument(model.fit(&x, &y).sample_weight(&[1.0; 5]).verbose(0).run(), "5 sample weights");
    shape(model.fit(&x, &y).validation_data(&x, &y.slice(s![..3])).verbose(0).run(), "3");
    let evaluated = model.evaluate(&x, &y).batch_size(0).verbose(0).run();
    assert!(matches!(evaluated, Err(Error::Argument(_))), "{evaluated:?}");
    let evaluated = model.evaluate(&x, &Array1::from(vec![7i32; 6])).verbose(0).run();
    assert!(matches!(evaluated, Err(Error::Shape { .. })), "{evaluated:?}");
    let evaluated = model.evaluate(&empty.0, &empty.1).verbose(0).run();
    assert!(matches!(evaluated, Err(Error::Argument(_))), "{evaluated:?}");
    assert_eq!(bits(&*model), before, "nothing of this has trained");
}

#[test]
fn targets_that_do_not_fit_are_called_targets() {
    let x = matrix(6, 4);
    let mut one = model!(Input(4) => Dense(3)).compile(SGD::new(0.1), MeanSquaredError, ());
    let error = one.evaluate(&x, &Array1::<f32>::zeros(6).into_dyn()).verbose(0).run().expect_err("one axis");
    assert_eq!(error.to_string(), "target: expected (None, 3), 2 axes; found [6], 1");
    let mut two = model!(
        let x = Input(4);
        let kind = x => Dense(3);
        let score = x => Dense(1);
        (kind, score)
    )
    .compile(SGD::new(0.1), (MeanSquaredError, MeanSquaredError), ());
    let (kind, score) = (matrix(6, 3), matrix(6, 2));
    let error = two.fit(&x, (&kind, &score)).verbose(0).run().expect_err("two columns");
    assert_eq!(error.to_string(), "target `score`: axis 1 has 2, and (None, 1) has 1 there");
}

#[test]
fn steps_of_nothing_are_errors() {
    let mut model = model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    let empty = Array2::<f32>::zeros((0, 4));
    let none = Array2::<f32>::zeros((0, 1));
    assert!(model.train_on_batch(&empty, &none).is_err());
    assert!(model.test_on_batch(&empty, &none).is_err());
    assert!(model.train_on_batch(&matrix(3, 4), &matrix(2, 1)).is_err());
    assert!(model.train_on_batch(&matrix(3, 4), &matrix(3, 2).into_dyn()).is_err());
    let steps = model.fit(&matrix(3, 4), &matrix(3, 1)).steps_per_epoch(0).verbose(0).run();
    assert!(matches!(steps, Err(Error::Argument(_))), "{steps:?}");
}

#[test]
fn class_numbers_in_train_on_batch_and_validation_are_checked() {
    let mut model = model!(Input(4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let (x, right, wrong) = (matrix(2, 4), Array1::from(vec![0i32, 2]), Array1::from(vec![0i32, 3]));
    let before = bits(&*model);
    assert!(matches!(model.train_on_batch(&x, &wrong), Err(Error::Shape { .. })));
    assert!(matches!(model.test_on_batch(&x, &wrong), Err(Error::Shape { .. })));
    let fitted = model.fit(&x, &right).validation_data(&x, &wrong).verbose(0).run();
    assert!(matches!(fitted, Err(Error::Shape { .. })), "{fitted:?}");
    assert_eq!(bits(&*model), before);
}

#[test]
fn an_index_beyond_an_embedding_is_an_error() {
    let model = model!(Input(3, dtype = int32) => Embedding(9, 2) => Flatten());
    assert!(model.predict(&ndarray::array![[0i32, 8, 3]]).is_ok());
    for wrong in [9, -1, i32::MAX, i32::MIN] {
        let found = model.predict(&ndarray::array![[0i32, wrong, 3]]);
        assert!(matches!(found, Err(Error::Layer { .. })), "{wrong}: {found:?}");
    }
}

#[test]
fn a_loss_that_is_no_number_ends_the_training() {
    let x = Array2::from_elem((8, 2), f32::NAN);
    let y = Array2::<f32>::zeros((8, 1));
    let mut model = model!(Input(2) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    let history = model
        .fit(&x, &y)
        .epochs(4)
        .batch_size(2)
        .verbose(0)
        .callback(TerminateOnNaN::new())
        .run()
        .expect("an end");
    assert_eq!(history.epoch(), [0]);
    assert!(history.last("loss").expect("a loss").is_nan());
    let raised = model.fit(&x, &y).verbose(0).callback(TerminateOnNaN::new().raise_error(true)).run();
    assert!(matches!(raised, Err(Error::Callback(_))), "{raised:?}");
    let all = model.fit(&x, &y).epochs(2).verbose(0).run().expect("NaN alone stops nothing");
    assert_eq!(all.epoch(), [0, 1]);
}

#[test]
fn sequences_too_short_for_a_layer_are_errors() {
    let model = model!(Input(None, 3) => Conv1D(4, 5) => MaxPooling1D(2) => GlobalMaxPooling1D() => Dense(2));
    assert!(model.predict(&Array3::<f32>::zeros((2, 6, 3))).is_ok());
    assert!(model.predict_one(&[0.5; 18]).is_ok());
    for steps in [1, 4, 5] {
        let x = Array3::<f32>::zeros((2, steps, 3));
        let found = model.predict(&x);
        assert!(matches!(found, Err(Error::Layer { .. })), "{steps}: {found:?}");
        let found = model.predict_one(&vec![0.5; steps * 3]);
        assert!(matches!(found, Err(Error::Layer { .. } | Error::Shape { .. })), "{steps}: {found:?}");
    }
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let found = model.train_on_batch(&Array3::<f32>::zeros((2, 4, 3)), &Array2::<f32>::zeros((2, 2)));
    assert!(matches!(found, Err(Error::Layer { .. })), "{found:?}");
}

#[test]
fn sequences_of_no_steps_are_errors() {
    fn refused<S: keras_core::tensor::Shape>(found: keras_core::Result<Tensor<S>>) {
        let Err(Error::Shape { message, .. }) = &found else { panic!("{found:?}") };
        assert!(message.contains("axis 1 is empty"), "{message}");
    }
    let model = model!(Input(None, 3) => LSTM(4) => Dense(2));
    refused(model.predict(&Array3::<f32>::zeros((2, 0, 3))));
    assert!(model.predict_one(&[]).is_err());
    let model = model!(Input(None, dtype = int32) => Embedding(5, 3) => GlobalAveragePooling1D());
    refused(model.predict(&Array2::<i32>::zeros((2, 0))));
    let model = model!(Input(None, 4) => TimeDistributed(Dense(3)) => GlobalMaxPooling1D());
    refused(model.predict(&Array3::<f32>::zeros((2, 0, 4))));
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let found = model.train_on_batch(&Array3::<f32>::zeros((2, 0, 4)), &Array2::<f32>::zeros((2, 3)));
    assert!(matches!(found, Err(Error::Shape { .. })), "{found:?}");
}
