//! Callbacks on real trainings: what TensorBoard reads, and averages of weights.

use std::path::Path;

use keras_core::prelude::*;
use keras_core::training::callbacks::{Callback, Logs, UpdateFreq};
use ndarray::{Array2, array};

use super::engine::values;
use super::python;

/// A field of a message of protocol buffers: its number, and its bytes or its number as such.
fn fields(mut data: &[u8]) -> Vec<(u64, Vec<u8>)> {
    fn number(data: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = data[0];
            *data = &data[1..];
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }
    let mut found = Vec::new();
    while !data.is_empty() {
        let key = number(&mut data);
        let length = match key & 7 {
            0 => {
                found.push((key >> 3, number(&mut data).to_le_bytes().to_vec()));
                continue;
            }
            1 => 8,
            2 => number(&mut data) as usize,
            other => panic!("type {other}"),
        };
        found.push((key >> 3, data[..length].to_vec()));
        data = &data[length..];
    }
    found
}

fn field(data: &[u8], number: u64) -> Vec<u8> {
    fields(data).into_iter().find(|(found, _)| *found == number).map(|(_, value)| value).unwrap_or_default()
}

/// The events in the one file of a folder, behind the first, which says what the file is.
fn events(folder: &Path) -> Vec<Vec<u8>> {
    let files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let bytes = std::fs::read(&files[0]).expect("a file");
    let mut rest = bytes.as_slice();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().expect("8 bytes")) as usize;
        found.push(rest[12..12 + length].to_vec());
        rest = &rest[16 + length..];
    }
    assert_eq!(field(&found.remove(0), 3), b"brain.Event:2");
    found
}

/// Name, class and sources of each node of the one graph in a file.
fn graph(folder: &Path) -> Vec<(String, String, Vec<String>)> {
    let graphs: Vec<Vec<u8>> =
        events(folder).iter().map(|event| field(event, 4)).filter(|g| !g.is_empty()).collect();
    assert_eq!(graphs.len(), 1);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("a text");
    let node = |def: Vec<u8>| {
        let inputs = fields(&def).into_iter().filter(|(number, _)| *number == 3).map(|(_, name)| text(name));
        let class = field(&field(&field(&def, 5), 2), 2);
        assert_eq!(class, field(&def, 2));
        (text(field(&def, 1)), text(class), inputs.collect())
    };
    fields(&graphs[0]).into_iter().filter(|(number, _)| *number == 1).map(|(_, def)| node(def)).collect()
}

/// Tag, step and number of each scalar in the one file of a folder; of a histogram, how many numbers it counts.
fn scalars(folder: &Path) -> Vec<(String, u64, f64)> {
    let mut found = Vec::new();
    for event in events(folder).iter().filter(|event| field(event, 4).is_empty()) {
        let step = u64::from_le_bytes(field(event, 2).try_into().expect("a step"));
        let value = field(&field(event, 5), 1);
        let (tag, tensor) = (String::from_utf8(field(&value, 1)).expect("a tag"), field(&value, 8));
        let plugin = field(&field(&field(&value, 9), 1), 1);
        let number = match plugin.as_slice() {
            b"scalars" => f64::from(f32::from_le_bytes(field(&tensor, 5).try_into().expect("a number"))),
            b"histograms" => {
                let content = field(&tensor, 4);
                let rows =
                    content.chunks_exact(8).map(|x| f64::from_le_bytes(x.try_into().expect("a number")));
                rows.skip(2).step_by(3).sum()
            }
            // Width and height stand before the pictures.
            b"images" => fields(&tensor).iter().filter(|(number, _)| *number == 8).count() as f64 - 2.0,
            other => panic!("{other:?}"),
        };
        found.push((tag, step, number));
    }
    found
}

fn data() -> (Array2<f32>, Array2<f32>) {
    let x = Array2::from_shape_fn((12, 3), |(i, j)| ((i * 5 + j * 3) % 7) as f32 / 7.0);
    let y = x.map_axis(ndarray::Axis(1), |row| row.sum()).insert_axis(ndarray::Axis(1));
    (x, y)
}

#[test]
fn tensor_board_is_given_what_the_history_has() -> keras_core::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let (x, y) = data();
    let mut model = model!(Input(3) => Dense(1)).compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let board = TensorBoard::new(folder.path()).histogram_freq(2).update_freq(UpdateFreq::Batches(2));
    let history =
        model.fit(&x, &y).batch_size(4).epochs(3).validation_data(&x, &y).callback(board).verbose(0).run()?;
    let train = scalars(&folder.path().join("train"));
    let of = |tag: &str| -> Vec<(u64, f64)> {
        train.iter().filter(|(found, ..)| found == tag).map(|(_, step, value)| (*step, *value)).collect()
    };
    let loss: Vec<f64> = of("epoch_loss").into_iter().map(|(_, loss)| loss).collect();
    let wanted: Vec<f64> =
        history.get("loss").expect("losses").iter().map(|loss| f64::from(*loss as f32)).collect();
    assert_eq!(loss, wanted);
    assert_eq!(of("epoch_learning_rate").len(), 3);
    assert_eq!(of("batch_loss").iter().map(|(step, _)| *step).collect::<Vec<_>>(), [2, 4, 6, 8]);
    assert_eq!(of("dense/kernel/histogram"), [(0, 3.0), (2, 3.0)]);
    let validation = scalars(&folder.path().join("validation"));
    let tags: Vec<(&str, u64)> = validation.iter().map(|(tag, step, _)| (tag.as_str(), *step)).collect();
    let vs = "evaluation_loss_vs_iterations";
    assert_eq!(tags, [(vs, 3), ("epoch_loss", 0), (vs, 6), ("epoch_loss", 1), (vs, 9), ("epoch_loss", 2)]);
    Ok(())
}

model! {
    struct Side {
        let x = Input(3);
        let y = x => Dense(3);
        [x, y] => Add() => Activation(relu)
    }
}

/// Each layer is a node with what it is given, those of a model inside it behind its name.
#[test]
fn tensor_board_is_given_the_graph() -> keras_core::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let (x, y) = data();
    let model = model! {
        let each = Dense(3, name = "each");
        let x = Input(3);
        let a = x => each;
        let b = a => each => Side(name = "side");
        [a, b] => Concatenate() => Dense(1)
    };
    let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
    model.fit(&x, &y).callback(TensorBoard::new(folder.path())).verbose(0).run()?;
    let found = graph(&folder.path().join("train"));
    let found: Vec<String> =
        found.iter().map(|(name, class, from)| format!("{name} {class} {}", from.join(","))).collect();
    let wanted = [
        "input_layer InputLayer ",
        "each Dense input_layer",
        "each_call_1 Dense each",
        "side/dense Dense each_call_1",
        "side/add Add each_call_1,side/dense",
        "side/activation Activation side/add",
        "concatenate Concatenate each,side/activation",
        "dense Dense concatenate",
    ];
    assert_eq!(found, wanted);
    let other = tempfile::tempdir().expect("a folder");
    model.fit(&x, &y).callback(TensorBoard::new(other.path()).write_graph(false)).verbose(0).run()?;
    assert!(events(&other.path().join("train")).iter().all(|event| field(event, 4).is_empty()));
    Ok(())
}

/// Weights as pictures, rows of embeddings, and what TensorBoard itself finds beside what Keras on TensorFlow writes.
#[test]
fn tensor_board_finds_what_keras_writes() -> keras_core::Result<()> {
    let (folder, points) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let x = ndarray::Array4::<f32>::ones((8, 6, 6, 1));
    let y = Array2::<f32>::ones((8, 3));
    let model = model!(Input(6, 6, 1) => Conv2D(2, 3, name = "conv") => Flatten() => Dense(3, name = "d"));
    let mut model = model.compile("sgd", MeanSquaredError::new(), ["mae"]);
    let board =
        TensorBoard::new(folder.path()).histogram_freq(2).write_images(true).write_steps_per_second(true);
    model.fit(&x, &y).batch_size(4).epochs(3).validation_data(&x, &y).callback(board).verbose(0).run()?;
    let train = scalars(&folder.path().join("train"));
    let images: Vec<_> = train.iter().filter(|(tag, ..)| tag.ends_with("/image")).collect();
    assert_eq!(images.len(), 8);
    assert_eq!(*images[0], ("conv/kernel/image".to_string(), 0, 2.0));

    let words = model!(Input(4, dtype = int32) => Embedding(5, 2, name = "emb") => Flatten() => Dense(1));
    let mut words = words.compile("sgd", MeanSquaredError::new(), ());
    let (ids, targets) = (Array2::<i32>::ones((8, 4)), Array2::<f32>::ones((8, 1)));
    let board = || TensorBoard::new(points.path()).embeddings_freq(2);
    let told = board().embeddings_metadata([("emb", "words.tsv")]);
    words.fit(&ids, &targets).epochs(2).callback(told).verbose(0).run()?;
    let config = std::fs::read_to_string(points.path().join("projector_config.pbtxt")).expect("a text");
    assert!(config.contains("tensor_path: \"emb_embeddings.tsv\""), "{config}");
    let mut message = |board: TensorBoard| {
        words.fit(&ids, &targets).callback(board).verbose(0).run().expect_err("a mistake").to_string()
    };
    let error = message(board().embeddings_metadata([("other", "words.tsv")]));
    assert!(error.contains("names the layer `other`; the layers that are embeddings: emb"), "{error}");
    assert!(message(board().profile_batch(2)).contains("profiler"));

    let Some(printed) = python::run_with("tensorflow", "read_board.py", &[folder.path(), points.path()])
    else {
        return Ok(());
    };
    let of = |who: &str| printed.lines().filter_map(|line| line.strip_prefix(who)).collect::<Vec<_>>();
    assert_eq!(of("ours "), of("keras "));
    assert_eq!(of("points "), ["emb/embeddings words.tsv [5, 2]"]);
    Ok(())
}

model! {
    /// A table inside a model.
    #[derive(Clone)]
    pub struct Words { Input(4, dtype = int32) => Embedding(5, 2, name = "emb") => Flatten() }
}

/// The projector shows each embedding once, however often it is applied and whatever it is called. Keras's
/// `isinstance(layer, Embedding)` holds for a `ReversibleEmbedding`, too, which is a class below it.
#[test]
fn each_embedding_is_shown_once() -> keras_core::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let model = model!(
        let (a, b) = (Input(4, dtype = int32), Input(4, dtype = int32));
        let words = Words(name = "words");
        let c = a => Embedding(5, 2, name = "of_call_c") => Flatten();
        let d = b => ReversibleEmbedding(5, 2, name = "both") => Flatten();
        [a => words, b => words, c, d] => Concatenate() => Dense(1)
    );
    let mut model = model.compile("sgd", MeanSquaredError::new(), ());
    let (ids, targets) = (Array2::<i32>::ones((8, 4)), Array2::<f32>::ones((8, 1)));
    let board = TensorBoard::new(folder.path()).embeddings_freq(1);
    model.fit((&ids, &ids), &targets).callback(board).verbose(0).run()?;
    let config = std::fs::read_to_string(folder.path().join("projector_config.pbtxt")).expect("a text");
    let shown = |line: &str| line.trim().strip_prefix("tensor_name: ").map(str::to_string);
    let mut shown: Vec<String> = config.lines().filter_map(shown).collect();
    shown.sort();
    let wanted = ["\"both/embeddings\"", "\"of_call_c/embeddings\"", "\"words/emb/embeddings\""];
    assert_eq!(shown, wanted);
    for file in ["both", "of_call_c", "words_emb"] {
        let rows = std::fs::read_to_string(folder.path().join(format!("{file}_embeddings.tsv"))).expect(file);
        assert_eq!(rows.lines().count(), 5, "{file}");
    }
    Ok(())
}

/// Notes the first weight whenever an evaluation or an epoch begins or ends.
#[derive(Default)]
struct Seen(Vec<(&'static str, f32)>);

impl Seen {
    fn note(&mut self, event: &'static str, control: &Control<'_>) -> keras_core::Result<()> {
        self.0.push((event, control.weights()[0].1.to_vec()?[0]));
        Ok(())
    }
}

impl Callback for Seen {
    fn on_epoch_begin(&mut self, _: usize, control: &mut Control<'_>) -> keras_core::Result<()> {
        self.note("begin", control)
    }
    fn on_epoch_end(&mut self, _: usize, _: &Logs, control: &mut Control<'_>) -> keras_core::Result<()> {
        self.note("end", control)
    }
    fn on_test_begin(&mut self, control: &mut Control<'_>) -> keras_core::Result<()> {
        self.note("test", control)
    }
    fn on_train_batch_end(
        &mut self,
        _: usize,
        _: &Logs,
        control: &mut Control<'_>,
    ) -> keras_core::Result<()> {
        self.note("batch", control)
    }
}

/// `w <- w - 0.1 * 2 (w - 1)` from 0, and the average `a <- 0.5 a + 0.5 w`, which the first step sets to `w`, as in Keras: by
/// hand.
#[test]
fn averages_stand_in_for_weights_while_a_model_is_evaluated() -> keras_core::Result<()> {
    let (x, y) = (array![[1.0f32]], array![[1.0f32]]);
    let (mut w, mut a, mut wanted) = (0.0f32, 0.0f32, Vec::new());
    for epoch in 0..2 {
        wanted.push(("begin", if epoch == 0 { 0.0 } else { w }));
        w -= 0.1 * 2.0 * (w - 1.0);
        a = if epoch == 0 { w } else { 0.5 * a + 0.5 * w };
        wanted.extend([("batch", w), ("test", a), ("end", a)]);
    }
    let make = || model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = zeros));
    let optimizer = || SGD::new(0.1).use_ema(true).ema_momentum(0.5);
    let mut model = make().compile(optimizer(), MeanSquaredError::new(), ());
    let (swap, mut seen) = (SwapEMAWeights::new().swap_on_epoch(true), Seen::default());
    model
        .fit(&x, &y)
        .epochs(2)
        .validation_data(&x, &y)
        .callback(swap)
        .callback(&mut seen)
        .verbose(0)
        .run()?;
    assert_eq!(seen.0.len(), wanted.len());
    for ((event, found), (wanted_event, wanted)) in seen.0.iter().zip(&wanted) {
        assert_eq!(event, wanted_event);
        assert!((found - wanted).abs() < 1e-6, "{event}: {found} instead of {wanted}");
    }
    assert!((values(&*model)[0][0] - a).abs() < 1e-6);
    // Without averages it is refused.
    let mut model = make().compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let error = model.fit(&x, &y).validation_data(&x, &y).callback(SwapEMAWeights::new()).verbose(0).run();
    assert!(error.expect_err("no averages").to_string().contains("use_ema(true)"));
    Ok(())
}

/// A callback of a prediction cannot change the model, and says what does; the weights are as before, whatever is found wrong.
#[test]
fn predictions_by_the_averages_of_weights() -> keras_core::Result<()> {
    let (x, y) = (array![[1.0f32]], array![[1.0f32]]);
    let make = || model!(Input(1) => Dense(1, use_bias = false, kernel_initializer = zeros));
    let mut model =
        make().compile(SGD::new(0.1).use_ema(true).ema_momentum(0.5), MeanSquaredError::new(), ());
    for _ in 0..2 {
        model.train_on_batch(&x, &y)?;
    }
    let error =
        model.predict_with(&x).callback(SwapEMAWeights::new()).run().expect_err("refused").to_string();
    assert!(error.contains("with_average_weights"), "{error}");
    // 0.2, then 0.36; the average begins at the first: by hand.
    let averaged = model.with_average_weights(|model| model.predict(&x)?.to_vec())?;
    assert!((averaged[0] - 0.28).abs() < 1e-6, "{averaged:?}");
    let error = model.with_average_weights(|_| Err::<(), _>(keras_core::Error::Argument("no".into())));
    assert!(error.is_err());
    assert!((values(&*model)[0][0] - 0.36).abs() < 1e-6);
    let mut model = make().compile(SGD::new(0.1), MeanSquaredError::new(), ());
    let error = model.with_average_weights(|_| Ok(())).expect_err("no averages").to_string();
    assert!(error.contains("use_ema(true)"), "{error}");
    Ok(())
}
