//! Models as files of ONNX. `tests/keras/run_onnx.py` has `onnx.checker` and ONNX Runtime look at them, where there is a
//! Python that has both; what the bytes say is looked at here.

use keras_core::model::AnyModel;
use keras_core::prelude::*;
use ndarray::ArrayD;
use serde_json::{Value, json};

use super::keras_files::{collection, fixture};
use super::python;

/// What is asked of ONNX Runtime: files, and what they give.
struct Asked {
    folder: tempfile::TempDir,
    cases: Vec<Value>,
}

fn tensor(shape: &[usize], numbers: &[f32]) -> Value {
    json!({ "v": numbers, "shape": shape })
}

impl Asked {
    fn new() -> Asked {
        Asked { folder: tempfile::tempdir().unwrap(), cases: Vec::new() }
    }

    /// Asks of a model that it gives these outputs, and that its file has these operators.
    fn model(&mut self, model: &impl Model, operators: &[&str], runs: Vec<Value>) {
        let what = format!("{} {}", model.structure().name, self.cases.len());
        let path = self.folder.path().join(format!("{}.onnx", self.cases.len()));
        model.export(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
        self.cases.push(json!({ "file": path, "what": what, "operators": operators, "runs": runs }));
    }

    /// What differs must be nothing; without Python nothing is looked at.
    fn answered(self) {
        let path = self.folder.path().join("cases.json");
        std::fs::write(&path, serde_json::to_vec(&self.cases).unwrap()).unwrap();
        let Some(told) = python::run_with("onnx, onnxruntime", "run_onnx.py", &[&path]) else { return };
        assert_eq!(told.trim(), "differences 0");
    }
}

/// Numbers that differ from place to place.
fn numbers(shape: &[usize]) -> ArrayD<f32> {
    let size = shape.iter().product();
    let all = (0..size).map(|i: usize| ((i * 37 + 11) % 101) as f32 / 50.0 - 1.0).collect();
    ArrayD::from_shape_vec(shape, all).unwrap()
}

fn run(x: &[&ArrayD<f32>], y: &[(Vec<usize>, Vec<f32>)]) -> Value {
    let given: Vec<Value> =
        x.iter().map(|x| tensor(x.shape(), &x.iter().copied().collect::<Vec<_>>())).collect();
    let found: Vec<Value> = y.iter().map(|(shape, numbers)| tensor(shape, numbers)).collect();
    json!({ "x": given, "y": found })
}

/// Runs of a model of one input and one output at several shapes.
macro_rules! runs {
    ($model:expr, $($shape:expr),+) => {
        vec![$({
            let x = numbers(&$shape);
            let y = $model.predict(&x).unwrap();
            run(&[&x], &[(y.shape().to_vec(), y.to_vec().unwrap())])
        }),+]
    };
}

mod places;

#[test]
fn recurrent_layers_are_operators_of_their_own() {
    set_random_seed(3);
    let mut asked = Asked::new();
    macro_rules! layer {
        ($operator:literal, $($layer:tt)+) => {{
            let model = model!(Input(None, 5) => $($layer)+);
            asked.model(&model, &[$operator], runs!(model, [2, 4, 5], [5, 9, 5], [1, 1, 5]));
        }};
    }
    layer!("LSTM", LSTM(6, return_sequences = true));
    layer!("GRU", Bidirectional(GRU(4, return_sequences = true)));
    layer!("LSTM", Bidirectional(LSTM(4), merge_mode = sum));
    layer!("GRU", GRU(5, reset_after = false, return_sequences = true, go_backwards = true));
    layer!("GRU", GRU(5, use_bias = false, activation = softsign, recurrent_activation = linear));
    layer!("LSTM", LSTM(4, activation = relu, recurrent_activation = hard_sigmoid, unit_forget_bias = false));
    layer!("LSTM", LSTM(4, activation = softplus, recurrent_activation = elu, use_bias = false));
    layer!("RNN", SimpleRNN(3));
    layer!("RNN", RNN(SimpleRNNCell(3, activation = linear), go_backwards = true));

    // What ONNX has no activation for is a loop over steps.
    let model = model!(Input(None, 3) => LSTM(4, activation = gelu) => Dense(2));
    asked.model(&model, &["Scan"], runs!(model, [2, 4, 3], [3, 7, 3]));

    let model = model! {
        let source = Input(None, 3);
        let target = Input(None, 4);
        let (_, h, c) = source => LSTM(5, return_state = true);
        target => LSTM(5, return_sequences = true, initial_state = [h, c]) => Dense(2, activation = softmax)
    };
    let (source, target) = (numbers(&[2, 6, 3]), numbers(&[2, 3, 4]));
    let y = model.predict((&source, &target)).unwrap();
    let first = run(&[&source, &target], &[(y.shape().to_vec(), y.to_vec().unwrap())]);
    asked.model(&model, &["LSTM"], vec![first]);

    // Masks are of any form: a loop that looks at each step.
    let model =
        model!(Input(None, dtype = int32) => Embedding(20, 6, mask_zero = true) => LSTM(4) => Dense(1));
    let ids =
        ArrayD::from_shape_fn(vec![3, 8], |at| if at[1] > 2 * at[0] + 2 { 0i32 } else { 1 + at[1] as i32 });
    let y = model.predict(&ids).unwrap();
    let given = run(&[&ids.mapv(|id| id as f32)], &[(y.shape().to_vec(), y.to_vec().unwrap())]);
    asked.model(&model, &["Scan", "Gather"], vec![given]);
    asked.answered();
}

#[test]
fn images_of_every_size_are_convolved() {
    set_random_seed(4);
    let mut asked = Asked::new();
    let model = model!(Input(None, None, 3)
        => Conv2D(4, 3, strides = 2, padding = same, activation = relu)
        => BatchNormalization()
        => DepthwiseConv2D(3, padding = same)
        => ReLU()
        => MaxPooling2D(2, padding = same)
        => Conv2DTranspose(5, 3, strides = 2, padding = same)
        => AveragePooling2D(3, strides = 2, padding = same)
        => GlobalAveragePooling2D()
        => Dense(2));
    let operators = ["Conv", "BatchNormalization", "MaxPool", "AveragePool", "ConvTranspose", "ReduceMean"];
    asked.model(&model, &operators, runs!(model, [2, 8, 9, 3], [1, 13, 11, 3], [3, 32, 7, 3]));

    let model = model!(Input(None, 2) => Conv1D(3, 3, padding = causal, dilation_rate = 2) => MaxPooling1D(2) => Conv1D(2, 2));
    asked.model(&model, &["Conv", "MaxPool"], runs!(model, [2, 9, 2], [1, 14, 2]));
    asked.answered();
}

/// Also where a height or a width is the wanted one already, and nothing is done.
#[test]
fn images_of_every_size_are_resized() {
    let mut asked = Asked::new();
    macro_rules! resized {
        ($($layer:tt)+) => {{
            let model = model!(Input(None, None, 2) => $($layer)+ => GlobalAveragePooling2D(keepdims = true) => Flatten());
            asked.model(&model, &[], runs!(model, [2, 8, 9, 2], [1, 5, 6, 2], [2, 31, 4, 2], [1, 5, 17, 2]));
            let model = model!(Input(None, None, 2) => $($layer)+);
            asked.model(&model, &[], runs!(model, [2, 8, 9, 2], [1, 5, 6, 2], [2, 31, 4, 2], [1, 5, 17, 2]));
        }};
    }
    resized!(Resizing(5, 6));
    resized!(Resizing(5, 5, interpolation = bicubic));
    resized!(Resizing(4, 6, interpolation = lanczos3, antialias = true));
    resized!(Resizing(5, 4, interpolation = nearest));
    resized!(Resizing(6, 4, antialias = true));
    resized!(UpSampling2D(2, interpolation = bilinear));
    resized!(UpSampling2D((2, 3), interpolation = lanczos5));
    asked.answered();
}

/// Of numbers near 0 nothing is lost, quotients are rounded down from exact remainders, infinities are no numbers of their own.
#[test]
fn operations_of_hard_numbers_are_exact() {
    let mut asked = Asked::new();
    macro_rules! operation {
        ($operator:literal, $x:expr, $($f:tt)+) => {{
            let model = model!(Input(3) => Lambda($($f)+));
            let x = ndarray::arr2(&[$x]).into_dyn();
            let y = model.predict(&x).unwrap();
            asked.model(&model, &[$operator], vec![run(&[&x], &[(y.shape().to_vec(), y.to_vec().unwrap())])]);
        }};
    }
    operation!("Tanh", [1e-4, -3e-4, 2e-5], |x: Symbolic| ops::expm1(x) * 100.0);
    operation!("Atanh", [1e-4, -3e-4, 2e-5], |x: Symbolic| ops::log1p(x) * 100.0);
    operation!("Atanh", [3.0, 100.0, 1e6], |x: Symbolic| ops::log1p(x));
    operation!("Mod", [0.7, -0.7, 0.35], |x: Symbolic| ops::floor_divide(x, 0.1));
    operation!("Mod", [0.7, -0.7, 0.35], |x: Symbolic| ops::mod_(x, 0.1) * 10.0);
    operation!("Mod", [3.0, -3.0, 0.0], |x: Symbolic| ops::floor_divide(x, f32::INFINITY));
    operation!("Pow", [3.0, -3.0, 2.0], |x: Symbolic| {
        ops::cast(ops::power(ops::cast(x, ops::DType::Int32), 2), ops::DType::Float32)
    });
    operation!("Exp", [1.0, -2.0, 3.0], |x: Symbolic| {
        let none = ops::log(ops::zeros_like(&x));
        ops::exp(ops::logaddexp(&none, &none)) + ops::logaddexp(&x, none)
    });
    asked.answered();
}

/// Numbers of 16 bits: rounded where they are here.
#[test]
fn mixed_precision_is_written_as_casts() {
    set_random_seed(8);
    let mut asked = Asked::new();
    let model = model!(Input(None, 4)
        => Conv1D(5, 2, dtype = "mixed_bfloat16", activation = relu)
        => LSTM(3, dtype = "mixed_float16")
        => Dense(2, activation = softmax));
    asked.model(&model, &["Cast"], runs!(model, [2, 5, 4], [1, 9, 4]));
    asked.answered();
}

/// By Keras 3.15, from its files: masks of inner models, partial masks that are merged, patches (`tests/keras/make_file_inner_masks.py`).
#[test]
fn files_with_masks_inside_are_written_to_onnx() {
    let mut asked = Asked::new();
    for name in ["inner_masks", "merged_masks", "both_ways_patches"] {
        let model = load_model(fixture(&format!("{name}.keras"))).unwrap();
        let path = asked.folder.path().join(format!("{name}.onnx"));
        model.export(&path).unwrap();
        let npz = fixture(&format!("{name}_io.npz"));
        asked.cases.push(json!({ "file": path, "what": name, "npz": npz }));
    }
    asked.answered();
}

#[test]
fn a_transformer_takes_sequences_of_every_length() {
    set_random_seed(5);
    let mut asked = Asked::new();
    let model = model! {
        let x = Input(time: None, 8);
        let attended = [x, x] => MultiHeadAttention(2, 4);
        let y = [x, attended] => Add() => LayerNormalization();
        let z = y => Dense(16, activation = gelu) => Dense(8);
        [y, z] => Add() => LayerNormalization() => GlobalAveragePooling1D() => Dense(3, activation = softmax)
    };
    let operators = ["Softmax", "LayerNormalization", "Erf"];
    asked.model(&model, &operators, runs!(model, [2, 5, 8], [1, 17, 8], [4, 3, 8]));
    asked.answered();
}

/// The collected files that load, as files of ONNX, against the outputs of their writers.
#[test]
fn collected_files_are_written_to_onnx() {
    let Some(folder) = collection() else { return };
    let mut asked = Asked::new();
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let npz = folder.join(format!("{name}_io.npz"));
        if !npz.is_file() || file.extension().is_some_and(|extension| extension == "npz") {
            continue;
        }
        let Ok(model) = load_model(&file) else { continue };
        let path = asked.folder.path().join(format!("{name}.onnx"));
        model.export(&path).unwrap();
        asked.cases.push(json!({ "file": path, "what": name, "npz": npz }));
    }
    assert!(asked.cases.len() >= 35, "{} files", asked.cases.len());
    asked.answered();
}

/// A field of a message of protobuf: its number, and its bytes or its number.
#[derive(Debug)]
enum Field<'a> {
    Number(u64, u64),
    Bytes(u64, &'a [u8]),
}

/// The fields of a message, by <https://protobuf.dev/programming-guides/encoding>.
fn fields(mut bytes: &[u8]) -> Vec<Field<'_>> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut n, mut shift) = (0, 0);
        loop {
            let (first, rest) = bytes.split_first().unwrap();
            *bytes = rest;
            n |= u64::from(first & 0x7f) << shift;
            shift += 7;
            if first & 0x80 == 0 {
                return n;
            }
        }
    }
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        match key & 7 {
            0 => all.push(Field::Number(key >> 3, varint(&mut bytes))),
            wire => {
                let length = if wire == 5 { 4 } else { varint(&mut bytes) as usize };
                all.push(Field::Bytes(key >> 3, &bytes[..length]));
                bytes = &bytes[length..];
            }
        }
    }
    all
}

fn parts(bytes: &[u8], number: u64) -> Vec<&[u8]> {
    let part = |field| match field {
        Field::Bytes(found, bytes) if found == number => Some(bytes),
        _ => None,
    };
    fields(bytes).into_iter().filter_map(part).collect()
}

fn texts(bytes: &[u8], number: u64) -> Vec<&str> {
    parts(bytes, number).into_iter().map(|text| std::str::from_utf8(text).unwrap()).collect()
}

fn number(bytes: &[u8], wanted: u64) -> Option<u64> {
    fields(bytes).iter().find_map(|field| match field {
        Field::Number(found, n) if *found == wanted => Some(*n),
        _ => None,
    })
}

/// The axes of an input or output: `ValueInfoProto.type.tensor_type.shape.dim`.
fn axes(port: &[u8]) -> Vec<String> {
    let shape = parts(parts(parts(port, 2)[0], 1)[0], 2)[0];
    let axis = |dim: &[u8]| match number(dim, 1) {
        Some(n) => n.to_string(),
        None => texts(dim, 2).first().map_or("?".into(), ToString::to_string),
    };
    parts(shape, 1).into_iter().map(axis).collect()
}

#[test]
fn a_file_has_names_axes_and_weights() {
    let model = model!(Input(time: None, 2, name = "steps") => Dense(3, name = "scores"));
    let bytes = keras_core::files::onnx::bytes(&model).unwrap();
    assert_eq!(bytes, keras_core::files::onnx::bytes(&model).unwrap());
    // The version of the format, and of the operators.
    assert_eq!((number(&bytes, 1), number(parts(&bytes, 8)[0], 2)), (Some(8), Some(17)));
    let graph = parts(&bytes, 7)[0];
    let nodes = parts(graph, 1);
    let operators: Vec<&str> = nodes.iter().map(|node| texts(node, 4)[0]).collect();
    assert_eq!(operators, ["MatMul", "Add"]);
    assert_eq!(texts(nodes[0], 1), ["steps", "scores/kernel"]);
    let product = texts(nodes[0], 2)[0];
    assert!(product.starts_with("scores/MatMul"), "{product}");
    assert_eq!(texts(nodes[1], 1), [product, "scores/bias"]);
    assert_eq!(texts(nodes[1], 2), ["scores"]);
    let [inputs, outputs] = [11, 12].map(|field| parts(graph, field)[0]);
    assert_eq!(
        (texts(inputs, 1)[0], axes(inputs)),
        ("steps", vec!["batch".into(), "time".into(), "2".into()])
    );
    assert_eq!(
        (texts(outputs, 1)[0], axes(outputs)),
        ("scores", vec!["batch".into(), "time".into(), "3".into()])
    );
    let kernel = parts(graph, 5)[0];
    assert_eq!((texts(kernel, 8)[0], number(kernel, 2)), ("scores/kernel", Some(1)));
    let wanted: Vec<u8> =
        model.named_params()[0].1.value().to_vec().unwrap().iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(parts(kernel, 9)[0], wanted);
}

#[test]
fn inputs_that_must_be_equally_long_share_a_name() {
    let model = model! {
        let a = Input(None, 3);
        let b = Input(None, 3);
        let c = Input(None, 4);
        let sum = [a, b] => Add();
        (sum, c => GlobalAveragePooling1D())
    };
    let bytes = keras_core::files::onnx::bytes(&model).unwrap();
    let graph = parts(&bytes, 7)[0];
    let named: Vec<Vec<String>> = parts(graph, 11).into_iter().map(axes).collect();
    let time = |name: &str, n: &str| vec!["batch".to_string(), name.into(), n.into()];
    assert_eq!(named, [time("time", "3"), time("time", "3"), time("time_1", "4")]);
}

#[test]
fn what_cannot_be_written_is_said_with_layer_and_operation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let refused = |result: keras_core::Result<()>| result.unwrap_err().to_string();

    let model = model!(Input(None, 4, batch = 2) => LSTM(3, stateful = true));
    let told = refused(model.export(&path));
    assert!(told.starts_with("layer `lstm`: `stateful = true` keeps states from batch to batch"), "{told}");

    let model = model! {
        let x = Input(4);
        x => Dropout(0.5)(training = true) => Dense(2)
    };
    let told = refused(model.export(&path));
    assert!(told.starts_with("layer `dropout`: it draws other numbers in every run"), "{told}");

    let model = model!(Input(None, None, 3) => CenterCrop(8, 8) => Flatten() => Dense(2));
    let told = refused(model.export(&path));
    assert!(told.starts_with("layer `center_crop`: "), "{told}");
    assert!(told.ends_with("give the axes numbers") || told.ends_with("give the axis a number"), "{told}");

    let model = model!(Input(4) => Dense(2));
    let told = refused(model.export(folder.path().join("model.keras")));
    assert!(told.ends_with("model.keras: a file of ONNX has a name that ends in `.onnx`"), "{told}");
    let told = refused(model.export(folder.path().join("none/model.onnx")));
    assert!(told.contains("cannot be written: "), "{told}");
    assert!(!path.exists());
}

#[test]
fn inner_models_several_outputs_and_inputs_that_are_outputs() {
    set_random_seed(6);
    let mut asked = Asked::new();
    let model = model! {
        let a = Input(4);
        let b = Input(4);
        let encoder = Sequential([Dense(3, activation = relu), Dense(2)], name = "encoder");
        let x = a => encoder;
        let y = b => encoder;
        let both = [x, y] => Concatenate();
        (both, x, a => Flatten())
    };
    let runs = [2, 5].map(|batch| {
        let (a, b) = (numbers(&[batch, 4]), numbers(&[batch, 4]) * 0.5);
        let (x, y, z) = model.predict((&a, &b)).unwrap();
        let of = |shape: &[usize], numbers: Vec<f32>| (shape.to_vec(), numbers);
        let all = [
            of(&x.shape(), x.to_vec().unwrap()),
            of(&y.shape(), y.to_vec().unwrap()),
            of(&z.shape(), z.to_vec().unwrap()),
        ];
        run(&[&a, &b], &all)
    });
    asked.model(&model, &["Concat", "Identity"], runs.into());
    asked.answered();
}

#[test]
fn layers_of_ones_own_are_written() {
    let mut asked = Asked::new();
    let model = model!(Input(None, 3) => Lambda(|x| ops::tanh(x) * 2.0) => Dense(2));
    asked.model(&model, &["Tanh", "MatMul"], runs!(model, [2, 4, 3], [3, 1, 3]));
    asked.answered();
}
