//! Cases of Keras's own tests of trainers, callbacks, models and saving, with what Keras 3.15 gives on TensorFlow and JAX.

// As Keras prints them.
#![allow(clippy::excessive_precision)]

use std::path::Path;

use keras_core::model::Summary;
use keras_core::prelude::*;
use keras_core::training::metrics::{self, MeanMetricWrapper};
use keras_tests::json::near;
use ndarray::{Array2, Array4, s};

/// `((np.arange(n) * m) % k - k // 2) / k`, in rows.
fn numbers(rows: usize, columns: usize, m: usize, k: usize) -> Array2<f32> {
    let number = |i: usize| ((i * m % k) as f32 - (k / 2) as f32) / k as f32;
    Array2::from_shape_fn((rows, columns), |(row, column)| number(row * columns + column))
}

/// How many epochs `EarlyStopping(monitor, patience=1)` lets pass of six, and the values that it saw.
fn stopped(metric: impl Metric + 'static, monitor: &str) -> (usize, Vec<f32>) {
    let (x, y) = (numbers(10, 4, 5, 13), numbers(10, 3, 3, 7));
    let (xv, yv) = (x.slice(s![..4, ..]), y.slice(s![..4, ..]).mapv(|v| -v));
    let mut model = model!(Input(4) => Dense(3));
    let kernel = numbers(4, 3, 7, 11).into_raw_vec_and_offset().0;
    let bias = numbers(1, 3, 7, 12).into_raw_vec_and_offset().0;
    let raw = |values, shape: &[usize]| Raw::from_f32(values, shape).expect("a weight");
    model.set_weights(&[raw(kernel, &[4, 3]), raw(bias, &[3])]).expect("the weights fit");
    let metric: Box<dyn Metric> = Box::new(metric);
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), metric);
    let fit = model.fit(&x, &y).batch_size(4).epochs(6).shuffle(false).verbose(0).validation_data(&xv, &yv);
    let history = fit.callback(EarlyStopping::new().monitor(monitor).patience(1)).run().expect("a history");
    let seen = history.get(monitor).expect("values").iter().map(|value| *value as f32).collect();
    (history.epoch().len(), seen)
}

fn distance(y_true: Symbolic, y_pred: Symbolic) -> Symbolic {
    ops::mean(ops::abs(y_true - y_pred), -1).into()
}

/// What a metric is called says nothing where it knows itself whether more is better.
#[test]
fn callbacks_ask_metrics_what_is_better() {
    let (epochs, seen) = stopped(metrics::MeanAbsoluteError::new().named("my_accuracy"), "val_my_accuracy");
    assert_eq!(epochs, 5);
    let wanted =
        [0.2872648239135742, 0.27589213848114014, 0.26959428191185, 0.26653510332107544, 0.27052998542785645];
    near("val_my_accuracy", &seen, &wanted, 1e-5);
    let (epochs, seen) = stopped(metrics::CosineSimilarity::new().named("my_error"), "val_my_error");
    assert_eq!(epochs, 2);
    near("val_my_error", &seen, &[0.03361883759498596, 0.010235592722892761], 1e-5);
    assert_eq!(stopped(metrics::MeanAbsoluteError::new().named("good"), "good").0, 6);
    // One of a function has no direction in Keras; here it may say one.
    let metric = || MeanMetricWrapper::new(distance);
    assert_eq!(stopped(metric().larger_is_better(true), "val_distance").0, 2);
    assert_eq!(stopped(metric().larger_is_better(false), "val_distance").0, 5);
}

/// As in a dict: the last of one name is what it stands for.
#[test]
fn a_name_stands_in_logs_once() {
    let model = model!(
        let inputs = keras.Input((2,));
        let x = inputs => keras.layers.Dense(3, kernel_initializer = "ones");
        keras.Model(inputs, [x, x, x])
    );
    let loss = MeanSquaredError::new;
    let mut model = model.compile("sgd", (loss(), loss(), loss()), ("mae", "mae", "mse"));
    let (x, y) = (Array2::<f32>::ones((32, 2)), Array2::<f32>::ones((32, 3)));
    let found = model.evaluate(&x, (&y, &y, &y)).verbose(0).run().expect("an evaluation");
    let wanted =
        [("dense_loss", 1.0), ("dense_mae", 1.0), ("dense_mae_1", 1.0), ("dense_mse", 1.0), ("loss", 3.0)];
    assert_eq!(found.iter().collect::<Vec<_>>(), wanted);
    let history = model.fit(&x, (&y, &y, &y)).verbose(0).run().expect("a history");
    assert_eq!(history.names().collect::<Vec<_>>(), wanted.map(|(name, _)| name));

    let metric = metrics::MeanAbsoluteError::new().named("loss");
    let mut model = model!(Input(2) => Dense(1, kernel_initializer = "ones")).compile("sgd", loss(), metric);
    let found = model.evaluate(&x, &Array2::<f32>::zeros((32, 1))).verbose(0).run().expect("an evaluation");
    assert_eq!(found.iter().collect::<Vec<_>>(), [("loss", 2.0)]);
}

/// The lines of a summary, without the numbers of its foot.
fn rows(summary: &Summary) -> Vec<String> {
    let text = summary.to_string();
    let row = |line: &str| line.split('│').nth(1).map(|cell| cell.trim().to_string());
    let mut rows = vec![text.lines().next().unwrap_or_default().to_string()];
    rows.extend(text.lines().filter_map(row));
    rows
}

#[test]
fn a_range_of_layers_is_shown() {
    let model = model!(
        Input(4)
            => Dense(3, name = "a")
            => Dense(3, name = "b")
            => Dense(3, name = "c")
            => Dense(1, name = "d")
    );
    let shown = |first: &str, last: &str| model.summary().layer_range(first, last).expect("a range");
    let wanted = ["Model: \"sequential\"", "b (Dense)", "c (Dense)"];
    assert_eq!(rows(&shown("b", "c")), wanted);
    assert_eq!(rows(&shown("c", "b")), wanted);
    assert_eq!(rows(&shown("[bc]", "c$")), wanted);
    assert!(shown("b", "c").to_string().contains("Total params: 43"));
    for (first, what) in [("zz", "no layer has this name"), ("(", "neither a name nor a pattern")] {
        let error = model.summary().layer_range(first, "b").expect_err("no range").to_string();
        assert!(error.contains(what) && error.contains(first), "{error}");
    }
}

#[test]
fn a_sequential_begins_with_a_functional_model() {
    let model = model!(
        let inputs = Input((16, 16, 3));
        let outputs = inputs => layers.Conv2D(4, 3, padding = "same");
        let functional_model = Model(inputs = inputs, outputs = outputs);
        keras.Sequential([functional_model, layers.Flatten(), layers.Dense(1)])
    );
    let wanted = ["Model: \"sequential\"", "functional (Functional)", "flatten (Flatten)", "dense (Dense)"];
    assert_eq!(rows(&model.summary()), wanted);
    assert_eq!(model.count_params(), 1137);
    let x = Array4::<f32>::ones((1, 16, 16, 3));
    assert_eq!(model.predict(&x).expect("an output").shape(), [1, 1]);

    let model = model!(
        let inputs = Input((16, 16, 3), name = "img");
        let outputs = inputs => layers.Conv2D(4, 3, padding = "same");
        let base = keras.Model([inputs], outputs, name = "base");
        let model = keras.Sequential();
        model.add(base);
        model.add(layers.Flatten());
        model.add(layers.Dense(1));
    );
    assert_eq!(
        rows(&model.summary()),
        ["Model: \"sequential\"", "base (Functional)", "flatten (Flatten)", "dense (Dense)"]
    );

    let model = model!(
        let inputs = Input((4,));
        let outputs = inputs => layers.Dense(4);
        let base = keras.Model(inputs, outputs);
        let head = keras.Sequential([base, layers.Dense(2)]);
        keras.Sequential([head, layers.Dense(1)])
    );
    assert_eq!(
        rows(&model.summary()),
        ["Model: \"sequential_1\"", "sequential (Sequential)", "dense_2 (Dense)"]
    );
    assert_eq!(model.count_params(), 33);
}

/// `model.save(path, zipped=False)` of Keras 3.15 makes a folder of what is in the archive otherwise.
#[test]
fn a_model_in_a_folder_is_read() {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keras_files/learnt_tf_idf.keras");
    let mut entries =
        keras_files::Archive::new(std::fs::read(&archive).expect("a file")).expect("an archive");
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "metadata.json",
        "config.json",
        "model.weights.h5",
        "assets/layers/text_vectorization/vocabulary.txt",
        "assets/layers/text_vectorization/_lookup_layer/vocabulary.txt",
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let bytes = entries.entry(name).expect("an archive").expect("an entry");
        std::fs::write(path, bytes).expect("a file");
    }
    // What else lies there is not read, and links are followed, as in the caches of hubs.
    std::fs::write(folder.path().join("pytorch_model.bin"), [0; 100]).expect("a file");
    #[cfg(unix)]
    {
        let blobs = tempfile::tempdir_in(folder.path()).expect("a folder");
        let (link, blob) = (folder.path().join("model.weights.h5"), blobs.keep().join("blob"));
        std::fs::rename(&link, &blob).expect("a file");
        std::os::unix::fs::symlink(&blob, &link).expect("a link");
    }
    let (found, wanted) =
        (load_model(folder.path()).expect("a model"), load_model(&archive).expect("a model"));
    assert_eq!(found.summary().to_string(), wanted.summary().to_string());
    let texts = ["a good film", "the cat sat"];
    let of = |model: &LoadedModel| {
        let outputs = model.predict(&texts).expect("outputs");
        outputs.iter().flat_map(|output| output.to_vec().expect("numbers")).collect::<Vec<f32>>()
    };
    assert!(!of(&found).is_empty());
    assert_eq!(of(&found), of(&wanted));

    let empty = tempfile::tempdir().expect("a folder");
    let error = load_model(empty.path()).expect_err("no model").to_string();
    assert!(error.contains("this is a folder") && error.contains("no `config.json`"), "{error}");
}
