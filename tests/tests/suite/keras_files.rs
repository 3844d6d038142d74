//! Files of Keras, of every generation: read, used for models written here, trained, and written.

use std::path::{Path, PathBuf};

use keras_core::Error;
use keras_core::data::npy::Npz;
use keras_core::files::keras::ProblemKind;
use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;
use ndarray::{Array2, Array3, ArrayD, IxDyn};

/// A file that real Keras 3.15 wrote, by `tests/keras/make_files.py`.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keras_files").join(name)
}

/// The collected files, where they are: `KERAS_REAL_FILES`, or `../shared/real_files` beside the workspace.
pub(super) fn collection() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/real_files");
    let folder = std::env::var_os("KERAS_REAL_FILES").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there are no collected files in {}", folder.display());
    None
}

/// `input_0`, `input_1` and so on of an archive, or its outputs.
pub(super) fn arrays(path: &Path, prefix: &str) -> Vec<ArrayD<f32>> {
    let mut file = Npz::open(path).expect("an archive");
    let mut all = Vec::new();
    while file.names().contains(&format!("{prefix}{}", all.len())) {
        let name = format!("{prefix}{}", all.len());
        let array = file.read::<f32, IxDyn>(&name);
        let array = array.or_else(|_| file.read::<i32, IxDyn>(&name).map(|ids| ids.mapv(|x| x as f32)));
        let array = array.or_else(|_| file.read::<i64, IxDyn>(&name).map(|ids| ids.mapv(|x| x as f32)));
        all.push(array.expect("numbers"));
    }
    assert!(!all.is_empty(), "{path:?} has no {prefix}0");
    all
}

/// That numbers are within 1e-5 of the largest of those that the writer gave.
pub(super) fn assert_close(name: &str, found: &[f32], wanted: &ArrayD<f32>) {
    assert_eq!(found.len(), wanted.len(), "{name}");
    let largest = wanted.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    for (a, b) in found.iter().zip(wanted) {
        assert!(
            (a - b).abs() <= 1e-5 * largest || a.is_nan() && b.is_nan(),
            "{name}: {a} instead of {b}, of at most {largest}"
        );
    }
}

pub(super) fn check(name: &str, model: &Path, io: &Path) {
    let model = load_model(model).unwrap_or_else(|error| panic!("{name}: {error}"));
    let inputs = arrays(io, "input_");
    let found: AnyOutputs = model.predict_on_batch(&inputs.iter().collect::<Vec<_>>()[..]).expect("outputs");
    let wanted = arrays(io, "output_");
    assert_eq!(found.count(), wanted.len(), "{name}");
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found.shape(), wanted.shape(), "{name}");
        assert_close(name, &found.to_vec().expect("numbers"), wanted);
    }
}

/// Keras 1.1 to 3.9, written by others: the numbers are those of the Keras that wrote the file.
#[test]
fn collected_files_give_the_numbers_of_their_writers() {
    let Some(folder) = collection() else { return };
    let index = std::fs::read_to_string(folder.join("INDEX.jsonl")).expect("an index");
    let mut checked = 0;
    for line in index.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let (Some(file), Some(golden)) = (entry["file"].as_str(), entry["golden"].as_str()) else { continue };
        let missing = entry["layers_missing_here"].as_array().map_or(0, Vec::len);
        let own = missing > 0 && file.contains("custom");
        if own || entry["format"].as_str().is_some_and(|format| format.contains("weights only")) {
            continue;
        }
        check(file, &folder.join(file), &folder.join(golden));
        checked += 1;
    }
    assert!(checked >= 30, "only {checked} files");
}

#[test]
fn what_must_be_refused_is_refused_with_every_reason() {
    let error = load_model(fixture("lambda.keras")).expect_err("a Lambda").to_string();
    assert!(error.contains("`lambda` is a `Lambda`, whose Python code is not run"), "{error}");
    let error = load_model(fixture("operations_unknown.keras")).expect_err("operations").to_string();
    assert!(error.contains("`View`"), "{error}");
    let Some(folder) = collection() else { return };
    let error =
        load_model(folder.join("deepcluster_nested_custom_3_5.keras")).expect_err("own classes").to_string();
    for own in ["`Custom>L2NormLayer`", "`Custom>CosineDistance`"] {
        assert!(error.contains(own), "{error}");
    }
    let error = load_model(folder.join("textgenrnn_weights.hdf5")).expect_err("weights alone").to_string();
    assert!(error.contains("`load_weights`"), "{error}");
}

#[test]
fn files_of_keras_3_give_its_numbers() {
    for name in [
        "attention",
        "bidi",
        "calls",
        "calls_by_name",
        "embed",
        "mha",
        "nested",
        "shared",
        "states",
        "td_model",
    ] {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
    for name in ["embed", "nested", "shared"] {
        check(name, &fixture(&format!("{name}.h5")), &fixture(&format!("{name}_io.npz")));
    }
}

/// Of `tests/keras/variants.py`: a model with two inputs in a model, whose calls name a mask for each; lists of one tensor that are
/// merged; masks that Keras writes out as operations; a vector that stands behind the trained weights of its layer.
#[test]
fn unusual_files_of_keras_3_give_its_numbers() {
    for name in ["masks.keras", "merge_one.keras", "multi_inner.keras", "spectral.h5"] {
        let stem = name.split('.').next().expect("a name");
        check(name, &fixture(name), &fixture(&format!("{stem}_io.npz")));
    }
}

/// `h5py` has no such type, and stores two bytes of nothing that it knows: those of halves are other numbers.
#[test]
fn weights_of_brain_floats_are_those_of_keras() {
    let model = load_model(fixture("bfloat16.keras")).expect("a model");
    let weights = model.weights();
    let kernel = |at: usize| weights[at].1.to_vec().expect("numbers")[..4].to_vec();
    assert_eq!(kernel(0), [-0.3203125, -0.53125, -0.099121094, 0.16796875]);
    assert_eq!(kernel(5), [0.3515625, 0.734375, 0.74609375, 0.94921875]);
}

/// By tf_keras 2.21 (`tests/keras/make_files_2.py`): models in a model count their calls from 1, frozen parts come last.
#[test]
fn files_of_keras_2_give_its_numbers() {
    for name in ["k2_nested", "k2_frozen_part", "k2_hard", "k2_mha"] {
        check(name, &fixture(&format!("{name}.h5")), &fixture(&format!("{name}_io.npz")));
    }
    check("k2_nested", &fixture("k2_nested.keras"), &fixture("k2_nested_io.npz"));
    let report = load_model(fixture("k2_hard.h5")).expect("a model").report().to_string();
    assert_eq!(report.matches("clip(0.2 x + 0.5, 0, 1)").count(), 3, "{report}");
}

model! {
    struct Reader {
        Input(None, dtype = int32)
            => Embedding(20, 6, mask_zero = true) => LSTM(5, return_sequences = true)
            => GRU(4) => Dense(1)
    }
}

#[test]
fn a_model_written_here_takes_the_weights_of_every_format() {
    let ids = &arrays(&fixture("embed_io.npz"), "input_")[0];
    let wanted = &arrays(&fixture("embed_io.npz"), "output_")[0];
    for name in ["embed.keras", "embed.h5", "embed.weights.h5"] {
        let mut model = Reader::new();
        model.load_weights(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_close(name, &model.predict(ids).expect("outputs").to_vec().expect("numbers"), wanted);
    }
}

/// Weights of Keras 2.0.6 alone, for a model with the semantics of that Keras.
#[test]
fn weights_of_keras_2_are_those_of_its_model() {
    let Some(folder) = collection() else { return };
    let mut model = model!(Input(1, 1) => LSTM(50, recurrent_activation = hard_sigmoid_keras2) => Dense(1));
    model.load_weights(folder.join("k2_lstm_weights.h5")).expect("weights");
    let io = folder.join("k2_lstm_io.npz");
    let found = model.predict(&arrays(&io, "input_")[0]).expect("outputs");
    assert_close("k2_lstm", &found.to_vec().expect("numbers"), &arrays(&io, "output_")[0]);
}

model! {
    struct NewHead {
        Input(None, dtype = int32)
            => Embedding(20, 6, mask_zero = true) => LSTM(5, return_sequences = true)
            => GRU(4) => Dense(3)
    }
}

#[test]
fn another_head_keeps_its_weights_and_is_reported() {
    let mut old = Reader::new();
    old.load_weights(fixture("embed.keras")).expect("weights");
    let mut model = NewHead::new();
    let head = model.dense.weight("kernel").expect("a kernel").value().to_vec().expect("numbers");

    let error = model.load_weights(fixture("embed.keras")).expect_err("another head").to_string();
    assert!(
        error.contains("`dense/kernel` is [4, 1] in the file, and [4, 3] in the model: axis 1"),
        "{error}"
    );

    for name in ["embed.keras", "embed.weights.h5"] {
        let report = model.load_weights_with(fixture(name)).skip_mismatch(true).run().expect("a report");
        assert_eq!((report.loaded, report.skipped.len()), (7, 2), "{report}");
        let kernel = &report.skipped[0];
        assert_eq!((kernel.layer.as_str(), kernel.weight.as_deref()), ("dense", Some("dense/kernel")));
        assert_eq!(kernel.kind, ProblemKind::Shape { expected: vec![4, 3], found: vec![4, 1] });
    }
    assert_eq!(model.dense.weight("kernel").expect("a kernel").value().to_vec().expect("numbers"), head);
    let (mine, theirs) = (model.lstm.weights(), old.lstm.weights());
    for (mine, theirs) in mine.iter().zip(theirs) {
        assert_eq!(mine.value().to_vec().expect("numbers"), theirs.value().to_vec().expect("numbers"));
    }
}

/// Keras would read nothing by names that no layer has, and say nothing. Layers inside of a model are those of its field.
#[test]
fn weights_by_name_are_of_some_layer() {
    let mut old = Reader::new();
    old.load_weights(fixture("embed.keras")).expect("weights");
    let mut model = model!(
        let ids = keras.Input((None,), dtype = int32);
        let x = ids => Embedding(20, 6, mask_zero = true) => LSTM(5, return_sequences = true, name = "lstm_1");
        let base = keras.Model(ids, x => GRU(4, name = "gru_1"), name = "base");
        let x = keras.Input((None,), dtype = int32);
        x => base(training = False) => Dense(3, name = "head")
    );
    let file = fixture("embed.h5");
    let error = model.load_weights_with(&file).by_name(true).run().expect_err("no layer").to_string();
    assert!(error.contains("none of the layers `base`, `head`"), "{error}");
    assert!(error.contains("`model.base.load_weights_with(...)`"), "{error}");
    let report = model.base.load_weights_with(&file).by_name(true).run().expect("a report");
    assert_eq!(report.loaded, 7, "{report}");
    let (mine, theirs) = (model.base.lstm_1.weights(), old.lstm.weights());
    for (mine, theirs) in mine.iter().zip(theirs) {
        assert_eq!(mine.value().to_vec().expect("numbers"), theirs.value().to_vec().expect("numbers"));
    }
}

/// The numbers of all weights, as bits.
fn bits(weights: &[(String, Raw)]) -> Vec<(String, Vec<u32>)> {
    let bits = |raw: &Raw| raw.to_vec().expect("numbers").iter().map(|x| x.to_bits()).collect();
    weights.iter().map(|(path, raw)| (path.clone(), bits(raw))).collect()
}

model! {
    struct TwoHeads {
        let a = Input(5, 4);
        let b = Input(3);
        let shared = Dense(6, activation = gelu, kernel_regularizer = l2(0.01));
        let steps = a => Bidirectional(LSTM(3, return_sequences = true)) => LayerNormalization();
        let seen = [steps, steps] => MultiHeadAttention(2, 3, dropout = 0.1) => GlobalAveragePooling1D() => shared;
        let other = b => Dense(6) => shared => BatchNormalization();
        let both = [seen, other] => Concatenate();
        (both => Dense(1, name = "score"), both => Dropout(0.2) => Dense(2, activation = softmax, name = "kind"))
    }
}

#[test]
fn a_saved_model_comes_back_to_the_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let model = TwoHeads::new();
    model.save(at("a.keras")).expect("a file");
    model.save(at("b.keras")).expect("a file");
    assert_eq!(std::fs::read(at("a.keras")).expect("bytes"), std::fs::read(at("b.keras")).expect("bytes"));
    let again = load_model(at("a.keras")).expect("a model");
    assert_eq!(bits(&again.weights()), bits(&model.weights()));
    assert_eq!(again.summary().to_string(), model.summary().to_string());

    let a = Array3::from_shape_fn((3, 5, 4), |(i, j, k)| ((i * 7 + j * 5 + k) % 9) as f32 / 9.0 - 0.4);
    let b = Array2::from_shape_fn((3, 3), |(i, j)| ((i + 2 * j) % 5) as f32 / 5.0);
    let (score, kind) = model.predict((&a, &b)).expect("outputs");
    let found = again.predict((&a, &b)).expect("outputs");
    assert_eq!(found.to_vec().expect("numbers"), score.to_vec().expect("numbers"));
    let second = found.get(1).expect("two outputs").to_vec().expect("numbers");
    assert_eq!(second, kind.to_vec().expect("numbers"));

    model.save_weights(at("w.weights.h5")).expect("a file");
    let mut other = TwoHeads::new();
    other.load_weights(at("w.weights.h5")).expect("weights");
    assert_eq!(bits(&other.weights()), bits(&model.weights()));
}

/// A layer that Keras does not have.
#[derive(Default)]
struct Twice;

impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Twice {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;
    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * 2.0)
    }
}

#[test]
fn what_keras_has_no_words_for_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.keras");
    let error = model!(Input(4) => Twice => Dense(1)).save(&path).expect_err("an own layer");
    assert!(error.to_string().contains("`Twice`, which Keras does not have"), "{error}");
    let old = model!(Input(4, 3) => LSTM(2, activation = hard_sigmoid_keras2));
    let error = old.save(&path).expect_err("an activation of Keras 2 that a state is given");
    assert!(error.to_string().contains("Keras 3 has no `hard_sigmoid` as Keras 2 had it"), "{error}");
    let spectral = model!(Input(4) => SpectralNormalization(Dense(2, activation = hard_sigmoid_keras2)));
    let error = spectral.save(&path).expect_err("a kernel that is normalised");
    assert!(error.to_string().contains("the weights of `Dense` are not those that"), "{error}");
    let error = old.save(folder.path().join("a.h5")).expect_err("a legacy name");
    assert!(matches!(&error, Error::File { message, .. } if message.contains("`.keras`")), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

/// Keras looks for the offset of `Rescaling` whatever it is, and takes no list of means where there is one for all axes.
#[test]
fn arguments_that_keras_looks_for_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.keras");
    let model = model!(Input(4) => Rescaling(0.5) => Normalization(axis = None, mean = 1.0, variance = 2.0) => Dense(1));
    model.save(&path).expect("a file");
    let config = ::keras_files::KerasFile::read(std::fs::read(&path).expect("bytes")).expect("an archive");
    let graph = config.graph().expect("a graph");
    let argument = |layer: &str, key: &str| graph.layer(layer).expect("the layer").config.get(key).cloned();
    assert_eq!(argument("rescaling", "offset"), Some(0.0.into()));
    assert_eq!(argument("normalization", "mean"), Some(1.0.into()));
    assert_eq!(argument("normalization", "variance"), Some(2.0.into()));
    assert!(load_model(&path).is_ok());
}

model! {
    struct Tied {
        let embedding = ReversibleEmbedding(9, 4);
        Input(6, dtype = int32) => embedding => Dense(4, activation = tanh) => embedding(reverse = true)
    }
}

/// That an embedding goes back is said of a call, and was lost in the file.
#[test]
fn a_call_that_goes_back_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tied.keras");
    let model = Tied::new();
    model.save(&path).expect("a file");
    let ids = ndarray::Array2::from_shape_fn((3, 6), |(i, j)| (i * 5 + j * 2) as i32 % 9);
    let wanted = model.predict(&ids).expect("outputs").to_vec().expect("numbers");
    let again = load_model(&path).expect("a model");
    assert_eq!(again.predict(&ids).expect("outputs").to_vec().expect("numbers"), wanted);
    let archive = ::keras_files::KerasFile::read(std::fs::read(&path).expect("bytes")).expect("an archive");
    let graph = archive.graph().expect("a graph");
    let layer = graph.layer("embedding").or(graph.layer("reversible_embedding")).expect("the layer");
    assert!(!layer.config.contains_key("reverse"));
    assert_eq!(layer.calls[1].kwargs[0].0, "reverse");
}

/// The weights of a wrapper in a wrapper stand where Keras looks for them.
#[test]
fn wrappers_in_wrappers_are_written_where_keras_looks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.weights.h5");
    let model = model!(
        Input(3, 4, 5) => TimeDistributed(TimeDistributed(Dense(2))) => TimeDistributed(Bidirectional(LSTM(3)))
    );
    model.save_weights(&path).expect("a file");
    let file = ::keras_files::Hdf5::new(std::fs::read(&path).expect("bytes")).expect("an HDF5 file");
    for place in
        ["time_distributed/layer/layer/vars/0", "time_distributed_1/layer/backward_layer/cell/vars/2"]
    {
        assert!(file.array(&format!("layers/{place}")).is_ok(), "{place}");
    }
}

/// A model of a file trains as one that is written here does.
#[test]
fn a_loaded_model_trains() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.keras");
    set_random_seed(3);
    let model = model!(Input(4) => Dense(8, activation = tanh) => Dense(1));
    model.save(&path).expect("a file");
    let x = Array2::from_shape_fn((32, 4), |(i, j)| ((i * 5 + j * 3) % 11) as f32 / 11.0);
    let y = Array2::from_shape_fn((32, 1), |(i, _)| (i % 3) as f32 / 3.0);

    let mut here = model.compile(Adam::new(0.01), MeanSquaredError::new(), ()).seed(1);
    here.fit(&x, &y).epochs(3).verbose(0).run().expect("a history");
    let mut loaded =
        load_model(&path).expect("a model").compile(Adam::new(0.01), MeanSquaredError::new(), ()).seed(1);
    loaded.fit(&x, &y).epochs(3).verbose(0).run().expect("a history");
    assert_eq!(bits(&loaded.weights()), bits(&here.weights()));
    let loss = |result: Evaluation| result.loss();
    let first = loss(loaded.evaluate(&x, &y).verbose(0).run().expect("a loss"));
    assert_eq!(first, loss(here.evaluate(&x, &y).verbose(0).run().expect("a loss")));
    assert_eq!(loaded.predict_one(&[0.1f32, 0.2, 0.3, 0.4]).expect("a number").len(), 1);

    // Two losses for one output are an error of the first use.
    let two = (MeanSquaredError::new(), MeanSquaredError::new());
    let mut wrong = load_model(&path).expect("a model").compile(Adam::new(0.01), two, ());
    let error = wrong.fit(&x, &y).verbose(0).run().expect_err("two losses").to_string();
    assert!(error.contains("2 losses for 1 outputs"), "{error}");
}

#[test]
fn a_checkpoint_is_what_its_name_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let (best, weights) = (folder.path().join("best.keras"), folder.path().join("last.weights.h5"));
    let x = Array2::from_shape_fn((16, 4), |(i, j)| (i + j) as f32 / 20.0);
    let y = Array2::from_shape_fn((16, 1), |(i, _)| i as f32 / 16.0);
    let mut model = model!(Input(4) => Dense(1)).compile("sgd", MeanSquaredError::new(), ());
    let fit = model.fit(&x, &y).epochs(2).verbose(0);
    fit.callback(ModelCheckpoint::new(&best))
        .callback(ModelCheckpoint::new(&weights))
        .run()
        .expect("a history");
    assert_eq!(bits(&load_model(&best).expect("a model").weights()), bits(&model.weights()));
    let mut other = model!(Input(4) => Dense(1));
    other.load_weights(&weights).expect("weights");
    assert_eq!(bits(&other.weights()), bits(&model.weights()));
}

#[test]
fn inputs_of_a_loaded_model_are_checked_by_axis() {
    let model = load_model(fixture("shared.keras")).expect("a model");
    let error = model.predict(&Array2::<f32>::zeros((2, 4))).expect_err("another width");
    assert!(matches!(&error, Error::Shape { message, .. } if message.contains("axis 1")), "{error}");
    let five = Array2::<f32>::zeros((2, 5));
    let error = model.predict((&five, &five)).expect_err("two inputs").to_string();
    assert!(error.contains("expected 1 tensors") && error.contains("found 2"), "{error}");
}

/// A name of Keras's formats is one that can be read: what is wrong is that there is no such file.
#[test]
fn a_file_that_is_not_there_is_said_to_be_missing() {
    let mut model = model!(Input(2) => Dense(1));
    for name in ["none.weights.h5", "none.h5", "none.keras", "none.hdf5", "none.safetensors"] {
        let error = model.load_weights(name).expect_err("no file").to_string();
        assert!(error.starts_with(name) && error.contains("No such file"), "{error}");
    }
    let error = model.load_weights("none.pt").expect_err("no format").to_string();
    assert!(error.contains("not in the format that `.pt` stands for"), "{error}");
    let error = model.save_weights("none.h5").expect_err("no format of weights").to_string();
    assert!(error.contains("not in the format that `.h5` stands for"), "{error}");
}
