//! An argument that is accepted is used; what cannot be is refused with a sentence, before anything is trained.

use keras_core::prelude::*;
use keras_core::training::ValidationFreq;
use keras_core::{Error, Result};
use ndarray::{Array1, Array2, Array3, array};

fn text<T: core::fmt::Debug>(result: Result<T>) -> String {
    let error = result.expect_err("an error");
    assert!(matches!(error, Error::Argument(_) | Error::Shape { .. }), "{error:?}");
    error.to_string()
}

fn x() -> Array2<f32> {
    Array2::from_shape_fn((6, 4), |(i, j)| ((i * 7 + j * 3) % 11) as f32 / 11.0)
}

fn y() -> Array1<i32> {
    array![0, 1, 2, 0, 1, 2]
}

macro_rules! three_classes {
    () => {
        model!(Input(4) => Dense(3, activation = softmax)).compile(
            SGD::new(0.1),
            SparseCategoricalCrossentropy::new(),
            (),
        )
    };
}

macro_rules! heads {
    () => {
        model!(
            let x = Input(4);
            let kind = x => Dense(3);
            let score = x => Dense(1);
            (kind, score)
        )
        .compile(SGD::new(0.1), (MeanSquaredError, MeanSquaredError), ())
    };
}

#[test]
fn loss_weights_are_one_for_each_output() {
    let (x, kind, score) = (x(), Array2::<f32>::ones((6, 3)), Array2::<f32>::ones((6, 1)));
    let mut model =
        model!(Input(4) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ()).loss_weights(&[0.5, 1.0]);
    let message = "`loss_weights`: 2 weights for 1 outputs: give one for each output, in order";
    assert_eq!(text(model.fit(&x, &score).verbose(0).run()), message);
    assert_eq!(text(model.evaluate(&x, &score).verbose(0).run()), message);
    assert_eq!(text(model.train_on_batch(&x, &score)), message);
    assert_eq!(text(model.test_on_batch(&x, &score)), message);
    assert_eq!(text(model.gradients(&x, &score)), message);
    let stream = || std::iter::once((x.clone(), score.clone()));
    assert_eq!(text(model.fit_batches(stream).verbose(0).run()), message);
    for weights in [&[][..], &[1.0], &[1.0, 2.0, 3.0]] {
        let mut model = heads!().loss_weights(weights);
        let error = text(model.fit(&x, (&kind, &score)).verbose(0).run());
        assert!(error.contains(&format!("{} weights for 2 outputs", weights.len())), "{error}");
    }
    let mut model = heads!().loss_weights(&[1.0, f64::NAN]);
    let error = text(model.fit(&x, (&kind, &score)).verbose(0).run());
    assert_eq!(error, "`loss_weights`: found NaN: weights are finite numbers");
}

#[test]
fn sample_weights_go_with_the_losses() {
    let (x, y) = (Array3::<f32>::zeros((4, 5, 2)), Array3::<f32>::ones((4, 5, 1)));
    let mut model = model!(Input(None, 2) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError, ());
    let mut run =
        |weights: &ndarray::ArrayD<f32>| text(model.fit(&x, &y).sample_weight(weights).verbose(0).run());
    let ones = |shape: &[usize]| ndarray::ArrayD::<f32>::ones(shape);
    assert_eq!(run(&ones(&[3])), "3 sample weights for 4 samples");
    assert_eq!(run(&ones(&[3, 5])), "sample weights of shape [3, 5] for 4 samples");
    assert_eq!(run(&ones(&[])), "sample weights of shape [] for 4 samples");
    for shape in [&[4, 4][..], &[4, 5, 2], &[4, 5, 1, 2]] {
        let wanted = format!("sample weight: shape {shape:?} does not go with losses of shape [4, 5]");
        assert_eq!(run(&ones(shape)), wanted);
    }
    let mut weights = ones(&[4, 5]);
    weights[[2, 3]] = f32::NAN;
    assert_eq!(run(&weights), "the sample weight of sample 2 is NaN: weights are finite numbers");
    weights[[2, 3]] = f32::INFINITY;
    assert_eq!(run(&weights), "the sample weight of sample 2 is inf: weights are finite numbers");
    // As in Keras, a weight may be negative.
    weights[[2, 3]] = -1.0;
    assert!(model.fit(&x, &y).sample_weight(&weights).verbose(0).run().is_ok());
    let short = Array1::<f32>::ones(3);
    assert!(text(model.evaluate(&x, &y).sample_weight(&short).verbose(0).run()).contains("3 sample weights"));
    assert!(text(model.train_on_batch_weighted(&x, &y, &short)).contains("3 sample weights"));
    assert!(text(model.test_on_batch_weighted(&x, &y, &short)).contains("3 sample weights"));
    assert!(text(model.gradients_weighted(&x, &y, &short)).contains("3 sample weights"));
    let fit = model.fit(&x, &y).validation_data(&x, &y).validation_sample_weight(&short);
    assert!(text(fit.verbose(0).run()).contains("3 sample weights"));
    let fit = model.fit(&x, &y).validation_sample_weight(&[1.0; 4]);
    assert_eq!(text(fit.verbose(0).run()), "`validation_sample_weight` needs `validation_data`");
    let stream = || std::iter::once((x.clone(), y.clone(), short.clone()));
    assert!(text(model.fit_batches(stream).verbose(0).run()).contains("3 sample weights"));
    let stream = || std::iter::once((x.clone(), y.clone()));
    let error = text(model.fit_batches(stream).sample_weight(&[1.0; 4]).verbose(0).run());
    assert!(error.contains("a stream gives batches of `(x, y, sample_weight)`"), "{error}");
}

#[test]
fn sets_of_sample_weights_are_one_for_each_output() {
    let (x, kind, score) = (x(), Array2::<f32>::ones((6, 3)), Array2::<f32>::ones((6, 1)));
    let mut model = heads!();
    let ones = vec![1.0f32; 6];
    let error = text(model.fit(&x, (&kind, &score)).sample_weight((&ones, &ones, &ones)).verbose(0).run());
    assert_eq!(error, "3 sets of sample weights for 2 outputs: give one for each output, or one for all");
    let error = text(model.fit(&x, (&kind, &score)).sample_weight([&ones]).verbose(0).run());
    assert!(error.starts_with("1 sets of sample weights for 2 outputs"), "{error}");
    let error = text(model.fit(&x, (&kind, &score)).sample_weight(((), &ones[..5])).verbose(0).run());
    assert_eq!(error, "5 sample weights of output `score` for 6 samples");
    let wide = Array2::<f32>::ones((6, 3));
    let error = text(model.fit(&x, (&kind, &score)).sample_weight(&wide).verbose(0).run());
    assert!(error.contains("one set for all has one weight for each sample"), "{error}");
    for _ in 0..2 {
        assert!(model.fit(&x, (&kind, &score)).sample_weight(vec![&ones, &ones]).verbose(0).run().is_ok());
    }
    assert!(
        model.fit(&x, (&kind, &score)).sample_weight((None::<&[f32]>, Some(&ones))).verbose(0).run().is_ok()
    );
}

#[test]
fn class_weights_are_of_classes_that_there_are() {
    let (x, y) = (x(), y());
    let mut model = three_classes!();
    let mut run = |weights: &[(usize, f64)]| {
        text(model.fit(&x, &y).class_weight(weights.iter().copied()).verbose(0).run())
    };
    let none = "`class_weight`: there is no class 7: the model tells 3 classes apart, 0 to 2";
    assert_eq!(run(&[(7, 2.0)]), none);
    assert_eq!(run(&[(0, 1.0), (7, 2.0)]), none);
    assert_eq!(run(&[(1, f64::NAN)]), "`class_weight` of class 1 is NaN: weights are finite numbers");
    assert_eq!(run(&[(1, f64::INFINITY)]), "`class_weight` of class 1 is inf: weights are finite numbers");
    let stream = || std::iter::once((x.clone(), y.clone()));
    assert_eq!(text(model.fit_batches(stream).class_weight([(7, 2.0)]).verbose(0).run()), none);
    assert!(model.fit(&x, &y).class_weight([(1, -1.0), (2, 0.0)]).verbose(0).run().is_ok());
    let mut binary = model!(Input(4) => Dense(1, activation = sigmoid)).compile(
        SGD::new(0.1),
        BinaryCrossentropy::new(),
        (),
    );
    let error = text(binary.fit(&x, &array![0, 1, 1, 0, 1, 0]).class_weight([(2, 1.0)]).verbose(0).run());
    assert_eq!(error, "`class_weight`: there is no class 2: the model tells 2 classes apart, 0 to 1");
    let (kind, score) = (Array2::<f32>::ones((6, 3)), Array2::<f32>::ones((6, 1)));
    let error = text(heads!().fit(&x, (&kind, &score)).class_weight([(0, 1.0)]).verbose(0).run());
    assert_eq!(error, "`class_weight` is for models of one output; use `sample_weight`");
}

#[test]
fn class_numbers_are_named_with_their_place() {
    let x = x();
    let mut model = three_classes!();
    let classes = "the model's output has 3 classes, 0 to 2";
    let whole = "class numbers are whole numbers";
    for (wrong, found, problem) in [
        (3.0, "3", classes),
        (-1.0, "-1", classes),
        (1.5, "1.5", whole),
        (f64::NAN, "NaN", whole),
        (f64::INFINITY, "inf", whole),
        (4294967299.0, "4294967299", classes),
        (-0.5, "-0.5", whole),
    ] {
        let y = array![0.0, 1.0, 2.0, 0.0, wrong, 2.0];
        let message = format!("target: class {found} of sample 4 (counted from 0): {problem}");
        assert_eq!(text(model.fit(&x, &y).verbose(0).run()), message);
        assert_eq!(text(model.evaluate(&x, &y).verbose(0).run()), message);
        assert_eq!(text(model.train_on_batch(&x, &y)), message);
        let stream = || std::iter::once((x.clone(), y.clone()));
        assert_eq!(text(model.fit_batches(stream).verbose(0).run()), message);
        let fine = array![0, 1, 2, 0, 1, 2];
        assert_eq!(text(model.fit(&x, &fine).validation_data(&x, &y).verbose(0).run()), message);
    }
    // Integers are compared as such.
    let y = array![0i64, 1, 2, 0, 1, 4294967298];
    assert!(text(model.fit(&x, &y).verbose(0).run()).contains("class 4294967298 of sample 5"));
    let mut steps = model!(Input(None, 4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let error = text(steps.train_on_batch(&Array3::<f32>::zeros((2, 3, 4)), &array![[0, 1, 2], [0, 5, 2]]));
    assert!(error.contains("class 5 of sample 1, number 1 of it (counted from 0)"), "{error}");
}

#[test]
fn labels_of_another_kind_get_the_remedy() {
    let x = x();
    let mut one = model!(Input(4) => Dense(1, activation = sigmoid)).compile(
        SGD::new(0.1),
        SparseCategoricalCrossentropy::new(),
        (),
    );
    let error = text(one.fit(&x, &array![0, 1, 1, 0, 1, 0]).verbose(0).run());
    assert!(error.contains("for 0/1 labels use `BinaryCrossentropy`"), "{error}");
    let mut categorical = model!(Input(4) => Dense(3, activation = softmax)).compile(
        SGD::new(0.1),
        CategoricalCrossentropy::new(),
        (),
    );
    let column = y().insert_axis(ndarray::Axis(1));
    let error = text(categorical.fit(&x, &column).verbose(0).run());
    assert!(error.starts_with("target: axis 1 has 1, and (None, 3) has 3 there\nhelp: "), "{error}");
    assert!(
        error.contains("`SparseCategoricalCrossentropy`") && error.contains("`to_categorical`"),
        "{error}"
    );
    let one_hot = Array2::<f32>::eye(3);
    let x = x.slice(ndarray::s![..3, ..]);
    let error = text(three_classes!().fit(&x, &one_hot).verbose(0).run());
    assert_eq!(
        error,
        "target: expected class numbers of shape (None,), or with one more axis of 1; found [3, 3], 2 axes\n\
         help: for one-hot rows use `CategoricalCrossentropy`"
    );
}

#[test]
fn numbers_of_epochs_steps_and_samples_that_cannot_be() {
    let (x, y) = (x(), y());
    let mut model = three_classes!();
    let error = text(model.fit(&x, &y).initial_epoch(5).epochs(3).verbose(0).run());
    assert!(
        error.starts_with("training starts at epoch 5 (`initial_epoch`) and ends at epoch 3 (`epochs`)"),
        "{error}"
    );
    assert!(
        model
            .fit(&x, &y)
            .initial_epoch(3)
            .epochs(3)
            .verbose(0)
            .run()
            .expect("nothing to do")
            .epoch()
            .is_empty()
    );
    let error = text(model.fit(&x, &y).validation_data(&x, &y).validation_freq(0).verbose(0).run());
    assert!(error.starts_with("`validation_freq` must be at least 1"), "{error}");
    let error = text(model.fit(&x, &y).validation_data(&x, &y).validation_freq([0, 2]).verbose(0).run());
    assert!(error.contains("found epoch 0 in the list"), "{error}");
    let fit =
        model.fit(&x, &y).validation_data(&x, &y).validation_freq(ValidationFreq::After(vec![2])).epochs(3);
    assert_eq!(fit.verbose(0).run().expect("a history").get("val_loss").expect("values").len(), 1);
    for (name, error) in [
        ("batch_size", text(model.fit(&x, &y).batch_size(0).verbose(0).run())),
        ("batch_size", text(model.evaluate(&x, &y).batch_size(0).verbose(0).run())),
        ("steps_per_epoch", text(model.fit(&x, &y).steps_per_epoch(0).verbose(0).run())),
        ("validation_batch_size", text(model.fit(&x, &y).validation_batch_size(0).verbose(0).run())),
    ] {
        assert_eq!(error, format!("`{name}` must be at least 1"));
    }
}

#[test]
fn arguments_of_losses_and_metrics_that_cannot_be() {
    let (x, bits) = (x(), array![[0.0f32], [1.0], [1.0], [0.0], [1.0], [0.0]]);
    let model = || model!(Input(4) => Dense(1, activation = sigmoid));
    macro_rules! refused {
        ($loss:expr, $metrics:expr, $message:literal) => {
            let mut model = model().compile(SGD::new(0.1), $loss, $metrics);
            assert_eq!(text(model.fit(&x, &bits).verbose(0).run()), $message);
            assert_eq!(text(model.train_on_batch(&x, &bits)), $message);
        };
    }
    refused!(
        Huber::new().delta(f64::NAN),
        (),
        "`huber_loss`: `delta` must be finite and not negative, found NaN"
    );
    refused!(
        BinaryCrossentropy::new().label_smoothing(2.0),
        (),
        "`binary_crossentropy`: `label_smoothing` must lie between 0 and 1, found 2"
    );
    refused!(
        BinaryFocalCrossentropy::new().gamma(f64::INFINITY),
        (),
        "`binary_focal_crossentropy`: `gamma` must be finite and not negative, found inf"
    );
    refused!(
        BinaryCrossentropy::new(),
        AUC::new().num_thresholds(1),
        "metric `auc`: `num_thresholds` must be at least 2, found 1"
    );
}

#[test]
fn named_outputs_take_named_weights() {
    model! {
        pub struct Heads {
            let x = Input(4);
            let kind = x => Dense(3);
            let score = x => Dense(1);
            (kind, score)
        }
    }
    let (x, kind, score) = (x(), Array2::<f32>::ones((6, 3)), Array2::<f32>::ones((6, 1)));
    let mut model = Heads::new().compile(SGD::new(0.1), (MeanSquaredError, MeanSquaredError), ());
    let targets = HeadsOutputs { kind: &kind, score: &score };
    let weights = [1.0f32, 0.0, 2.0, 1.0, 1.0, 3.0];
    let named = HeadsOutputs { kind: &weights, score: () };
    let by_name = model.evaluate(&x, targets).sample_weight(named).verbose(0).run().expect("logs");
    let in_order = model.evaluate(&x, targets).sample_weight((&weights, ())).verbose(0).run().expect("logs");
    let none = model.evaluate(&x, targets).verbose(0).run().expect("logs");
    assert_eq!(by_name, in_order);
    assert_ne!(by_name, none);
}

/// As in Python, value and key may go by name behind the query, in any order.
#[test]
fn inputs_of_attention_go_by_name() {
    let named = model! {
        let a = Input(4, 5);
        let b = Input(3, 6);
        let c = Input(3, 7);
        a => MultiHeadAttention(2, 3, key = c, value = b)
    };
    let listed = model! {
        let a = Input(4, 5);
        let b = Input(3, 6);
        let c = Input(3, 7);
        [a, b, c] => MultiHeadAttention(2, 3)
    };
    let shapes = |weights: Vec<(String, Raw)>| -> Vec<(String, Vec<usize>)> {
        weights.into_iter().map(|(path, raw)| (path, raw.shape())).collect()
    };
    assert_eq!(shapes(named.weights()), shapes(listed.weights()));
    assert_eq!(named.structure().nodes[0].inputs, listed.structure().nodes[0].inputs);
    let called = model! {
        let x = Input(4, 6);
        let y = Input(3, 6);
        x => GroupQueryAttention(2, 4, 2)(value = y)
    };
    assert_eq!(called.output_shape().to_string(), "(None, 4, 6)");
}
