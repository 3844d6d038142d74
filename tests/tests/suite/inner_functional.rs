//! Models between tensors inside of a model, `let encoder = keras.Model(inputs, z);`, against Keras (`tests/keras/make_inner.py`).

use keras_core::device::with_seed;
use keras_core::prelude::*;
use keras_tests::json::{array, floats, near, set, values};

use super::inner_models::{arrays, case, check};
use super::keras_file_blocks::{kept, keras_finds_the_same};

/// What Keras prints of a model, layers inside too.
fn check_summary(id: &str, model: &impl Model) {
    let wanted = case(id)["summary"].as_str().expect("a text").trim_end();
    assert_eq!(model.summary().expand_nested(true).line_length(88).to_string().trim_end(), wanted, "{id}");
}

// Keras names a layer where it is made: in `Dense(2)(Dense(4)(x))` the second first.

macro_rules! autoencoder {
    () => {
        model!(
            let encoder_input = keras.Input(shape=(6,));
            let x = encoder_input => layers.Dense(4, activation="tanh", name="dense_1");
            let z = x => layers.Dense(2, name="dense");
            let encoder = keras.Model(encoder_input, z, name="encoder");
            let decoder_input = keras.Input(shape=(2,));
            let x = decoder_input => layers.Dense(4, activation="tanh", name="dense_3");
            let y = x => layers.Dense(6, name="dense_2");
            let decoder = keras.Model(inputs=decoder_input, outputs=y);
            let inputs = keras.Input(shape=(6,));
            keras.Model(inputs, inputs => encoder => decoder)
        )
    };
}

macro_rules! same_input {
    () => {
        model!(
            let inputs = Input(4);
            let x = inputs => Dense(3, activation = tanh);
            let mean = x => Dense(2);
            let deviation = x => Dense(2);
            let z = [mean, deviation] => Add();
            let encoder = Model(inputs, [mean, deviation, z]);
            let code = Input(2);
            let decoder = Model(code, code => Dense(4));
            let (_, _, z) = inputs => encoder;
            let outputs = z => decoder;
            Model(inputs, outputs)
        )
    };
}

macro_rules! twice {
    () => {
        model!(
            let x = Input(4);
            let y = x => Dense(5, activation = tanh, name = "dense_1") => BatchNormalization(momentum = 0.5)
                => Dense(3, name = "dense");
            let base = Model(x, y, name = "base");
            let a = Input(4, name = "a");
            let b = Input(4, name = "b");
            let left = a => base;
            let right = b => base;
            let y = [left, right] => Subtract() => Dense(1, name = "dense_2");
            Model([a, b], y)
        )
    };
}

macro_rules! in_functional {
    () => {
        model!(
            let small = Input(2, name = "small");
            let large = Input(3, name = "large");
            let a = small => Dense(2, name = "dense");
            let b = large => Dense(3, name = "dense_1");
            let both = Model([large, small], [a, b] => Concatenate());
            let inner = Input(3);
            let other = inner => Dense(2, name = "dense_3");
            let y = [inner, other] => both => Dense(2, name = "dense_2");
            let around = Model(inner, y, name = "around");
            let outer = Input(3);
            outer => around => Sequential([Dense(4, name = "dense_4"), Dense(1, name = "dense_5")])
        )
    };
}

macro_rules! at_steps {
    () => {
        model!(
            let x = Input(6, 1);
            let y = x => Conv1D(2, 3, activation = relu) => Flatten() => Dense(3);
            let steps = Model(x, y, name = "steps");
            let video = Input(4, 6, 1);
            video => TimeDistributed(steps) => GRU(2)
        )
    };
}

macro_rules! masks {
    () => {
        model!(
            let ids = Input(None, dtype = int32);
            let words = ids => Embedding(10, 4, mask_zero = true) => LSTM(3, return_sequences = true);
            let reader = Model(ids, words, name = "reader");
            let ids = Input(None, dtype = int32);
            Model(ids, ids => reader => Dense(4) => GRU(2))
        )
    };
}

macro_rules! gives_its_input {
    () => {
        model!(
            let x = Input(4);
            let h = x => Dense(2);
            let encoder = Model(x, [x, h]);
            let y = Input(4);
            let (a, b) = y => encoder;
            Model(y, [a, b] => Concatenate())
        )
    };
}

#[test]
fn what_they_compute_is_what_keras_computes() {
    check!("functional_autoencoder", autoencoder!());
    check!("functional_same_input", same_input!());
    check!("functional_in_functional", in_functional!());
    check!("functional_at_steps", at_steps!());
    check!("functional_masks", masks!());
}

#[test]
fn one_that_is_applied_twice_has_one_set_of_weights() {
    let case = case("functional_twice");
    let mut model = twice!();
    assert_eq!(model.count_params(), 67);
    set(&mut model, &case["before"]);
    let x = arrays(&case["x"]);
    let (a, b) = (array(&case["x"][0]), array(&case["x"][1]));
    assert_eq!((a.shape(), b.shape()), (x[0].shape(), x[1].shape()));
    let y = model.predict((&a, &b)).expect("outputs").to_vec().expect("numbers");
    near("functional_twice", &y, &floats(&case["outputs"][0]["values"]), 1e-5);
}

#[test]
fn their_summaries_are_those_of_keras() {
    check_summary("functional_autoencoder", &autoencoder!());
    check_summary("functional_same_input", &same_input!());
    check_summary("functional_twice", &twice!());
    check_summary("functional_in_functional", &in_functional!());
    check_summary("functional_at_steps", &at_steps!());
    check_summary("functional_masks", &masks!());
}

model! {
    /// The number of parameters is a constant, inside too.
    #[derive(Clone)]
    pub struct Autoencoder {
        let make_encoder = |units, code| {
            let x = Input(6);
            let z = x => Dense(units, activation = tanh) => Dense(code);
            keras.Model(x, z, name = "encoder")
        };
        let encoder = make_encoder(4, 2);
        let code = Input(2);
        let decoder = Model(code, code => Dense(6), name = "decoder");
        let x = Input(6);
        let z = x => encoder;
        let y = z => decoder;
        Model(x, [z, y])
    }
}

#[test]
fn a_function_makes_one() {
    let model = Autoencoder::new();
    assert_eq!(Autoencoder::PARAMS, (6 * 4 + 4) + (4 * 2 + 2) + (2 * 6 + 6));
    assert_eq!(model.count_params(), Autoencoder::PARAMS);
    let (z, y) = model.predict(&ndarray::Array2::<f32>::ones((3, 6))).expect("outputs");
    assert_eq!((z.shape().to_vec(), y.shape().to_vec()), (vec![3, 2], vec![3, 6]));
    assert_eq!(values(&model), values(&model.clone()));
    // A function may make all of it.
    let whole = model!(
        let make = |units| {
            let x = Input(3);
            keras.Model(x, x => Dense(units), name = "made")
        };
        let model = make(5);
        model
    );
    assert!(whole.summary().to_string().starts_with("Model: \"made\""));
    assert_eq!(whole.count_params(), 20);
}

#[test]
fn the_lengths_of_its_axes_are_numbers() {
    let model = model!(
        let image = Input(8, 8, 1);
        let x = image => Conv2D(2, 3, strides = 2, padding = "same");
        let shape = x.shape;
        let z = x => Flatten() => Dense(3);
        let encoder = Model(image, z);
        let code = Input(3);
        let x = code => Dense(shape[1] * shape[2] * shape[3]) => Reshape((shape[1], shape[2], shape[3]));
        let decoder = Model(code, x => Conv2DTranspose(1, 3, strides = 2, padding = "same"));
        let image = Input(8, 8, 1);
        image => encoder => decoder
    );
    assert_eq!(model.structure().output_shape(0).to_string(), "(None, 8, 8, 1)");
    assert_eq!(model.count_params(), (9 * 2 + 2) + (32 * 3 + 3) + (3 * 32 + 32) + (9 * 2 + 1));
}

/// A model that nothing applies is none of the model's, as in Keras, though its layers are.
#[test]
#[allow(unused_variables)]
fn one_that_nothing_applies_changes_nothing() {
    let model = model!(
        let inputs = Input(6);
        let code = inputs => Dense(2);
        let decoded = code => Dense(6);
        let encoder = Model(inputs, code);
        Model(inputs, decoded)
    );
    let names: Vec<String> = model.weights().into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"]);
}

/// A model with the numbers of a case is the same again from its file, and its weights are those of another like it.
macro_rules! held {
    ($id:literal, $model:expr) => {
        let (case, folder) = (case($id), tempfile::tempdir().expect("a folder"));
        let file = folder.path().join("model.keras");
        let (mut model, mut other) = ($model, $model);
        set(&mut model, &case["before"]);
        model.save(&file).expect("a file");
        let read = load_model(&file).expect("a model");
        assert_eq!(read.summary().to_string(), model.summary().to_string(), $id);
        let x = arrays(&case["x"]);
        let outputs: keras_core::tensor::AnyOutputs =
            read.predict(&x.iter().collect::<Vec<_>>()[..]).expect("outputs");
        let y = outputs.iter().next().expect("an output").to_vec().expect("numbers");
        near($id, &y, &floats(&case["outputs"][0]["values"]), 1e-5);
        other.load_weights(&file).expect("weights");
        assert_eq!(values(&other), values(&model), $id);
    };
}

#[test]
fn files_hold_them() {
    held!("functional_autoencoder", autoencoder!());
    held!("functional_twice", twice!());
    held!("functional_masks", masks!());
}

#[test]
fn keras_reads_their_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    kept(folder, "autoencoder", &[&[6]], &with_seed(3, || autoencoder!()));
    kept(folder, "same_input", &[&[4]], &with_seed(3, || same_input!()));
    kept(folder, "in_functional", &[&[3]], &with_seed(3, || in_functional!()));
    kept(folder, "at_steps", &[&[4, 6, 1]], &with_seed(3, || at_steps!()));
    kept(folder, "gives_its_input", &[&[4]], &with_seed(3, || gives_its_input!()));
    // Of equal inputs it gives its bias, which is not zero here.
    let mut model = twice!();
    set(&mut model, &case("functional_twice")["before"]);
    kept(folder, "twice", &[&[4], &[4]], &model);
    keras_finds_the_same(folder, 6);
}

/// An input may be an output too, and stays the same where the model around it orders the inputs otherwise.
#[test]
fn an_input_may_be_an_output() -> keras_core::Result<()> {
    let model = gives_its_input!();
    let x = ndarray::array![[1.0f32, 2.0, 3.0, 4.0]];
    let y = model.predict(&x)?;
    assert_eq!(y.shape(), [1, 6]);
    assert_eq!(y.to_vec()?[..4], [1.0, 2.0, 3.0, 4.0]);
    let model = model!(
        let a = Input(1);
        let b = Input(2);
        let both = Model([b, a], [a, b, [a, b] => Concatenate() => Dense(2)]);
        let c = Input(2);
        let d = Input(1);
        let (first, second, _) = [c, d] => both;
        Model([d, c], [second, first])
    );
    let (c, d) = (ndarray::array![[1.0f32, 2.0]], ndarray::array![[3.0f32]]);
    let (second, first) = model.predict((&d, &c))?;
    assert_eq!((second.to_vec()?, first.to_vec()?), (vec![1.0, 2.0], vec![3.0]));
    Ok(())
}

model! {
    /// What is bound between its inputs and its outputs stays out of it, and its outputs have the names of their bindings.
    pub struct Bound {
        let x = Input(4);
        let code = x => Dense(2);
        let decoded = code => Dense(3);
        let whole = Model(x, [code, decoded]);
        let _encoder = Model(x, code);
        whole
    }
}

#[test]
fn outputs_of_a_bound_model_have_their_names() -> keras_core::Result<()> {
    assert_eq!(Bound::new().structure().output_fields, ["code", "decoded"]);
    let BoundOutputs { code, decoded } = BoundOutputs { code: 2, decoded: 3 };
    let outputs = Bound::new().predict(&ndarray::Array2::<f32>::ones((1, 4)))?;
    assert_eq!((outputs.0.shape(), outputs.1.shape()), (vec![1, code], vec![1, decoded]));
    Ok(())
}

/// Keras wants names to be unique within one model alone.
#[test]
fn each_has_names_of_its_own() {
    let model = model!(
        let tower = |name| {
            let x = Input(4);
            Model(x, x => Dense(3, name = "hidden") => Dense(2, name = "out"), name = name)
        };
        let left = tower("left");
        let right = tower("right");
        let (a, b) = [Input(4), Input(4)];
        let y = [a => left, b => right] => Subtract() => Dense(1, name = "hidden");
        let whole = Model([a, b], y, name = "hidden");
        whole
    );
    let paths: Vec<String> = model.weights().into_iter().map(|(path, _)| path).collect();
    let tower = |tower: &str| {
        ["hidden/kernel", "hidden/bias", "out/kernel", "out/bias"].map(|path| format!("{tower}/{path}"))
    };
    let own = ["hidden/kernel", "hidden/bias"].map(str::to_string);
    assert_eq!(paths, [&tower("left")[..], &tower("right"), &own].concat());
    assert!(model.summary().to_string().starts_with("Model: \"hidden\""));
}

/// `make(4, 2)` is the model that `x` goes through, as in Keras `make(4, 2)(x)`.
#[test]
fn a_function_that_makes_one_is_applied_where_it_stands() {
    let model = model!(
        let make = |units, code, name| {
            let x = Input(6);
            let z = x => Dense(units) => Dense(code);
            let model = Model(x, z, name = name);
            model
        };
        let x = Input(6);
        x => make(4, 2, "encoder") => Dense(6) => make(3, 1, "head")
    );
    assert_eq!(model.count_params(), (28 + 10) + 18 + (21 + 4));
    assert_eq!(model.encoder.count_params(), 38);
    assert_eq!(model.structure().output_shape(0).to_string(), "(None, 1)");
}

#[test]
fn a_raw_name_may_be_its_name() {
    let model = model!(
        let x = Input(4);
        let r#type = Model(x, x => Dense(2));
        r#type
    );
    assert_eq!(model.count_params(), 10);
}
