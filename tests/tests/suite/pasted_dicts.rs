//! Dicts and orders of inputs and outputs, as Keras's examples have them.

use keras_core::prelude::*;
use ndarray::{Array2, Array3, array};

model! {
    /// Keras counts outputs of a dict in the order of their names, whatever their layers are called.
    pub struct Scored {
        let x = keras.Input(shape=(3,));
        let p = x => layers.Dense(1, name="p");
        let q = x => layers.Dense(2, name="q");
        keras.Model(inputs=x, outputs={"b": p, "a": q})
    }
}

#[test]
fn outputs_have_the_names_of_their_dict() -> keras_core::Result<()> {
    let mut model = Scored::new().compile(
        SGD::new(0.01),
        ScoredOutputs { a: MeanSquaredError::new(), b: MeanAbsoluteError::new() },
        (MeanAbsoluteError::new(), MeanSquaredError::new()),
    );
    let x = Array2::<f32>::ones((4, 3));
    let (a, b) = (Array2::<f32>::ones((4, 2)), Array2::<f32>::ones((4, 1)));
    let history = model.fit(&x, ScoredOutputs { a: &a, b: &b }).verbose(0).run()?;
    // As `fit` of Keras 3.15 reports them.
    let names = ["a_loss", "a_mean_absolute_error", "b_loss", "b_mean_squared_error", "loss"];
    assert_eq!(history.names().collect::<Vec<_>>(), names);
    let (y, _) = model.predict(&x)?;
    assert_eq!(y.shape(), [4, 2]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("scored.keras");
    model.save(&file)?;
    assert_eq!(load_model(&file)?.structure().output_names, ["a", "b"]);
    Ok(())
}

/// A dict whose keys are the names of the layers stays one, and a list stays a list: Keras hands on what the file says.
#[test]
fn outputs_of_files_stand_in_a_dict_or_in_a_list_as_in_the_model() -> keras_core::Result<()> {
    let folder = tempfile::tempdir().expect("a folder");
    let dict = model!(
        let x = keras.Input(shape=(3,));
        keras.Model(inputs=x, outputs={"b": x => layers.Dense(2, name="b"), "a": x => layers.Dense(1, name="a")})
    );
    let list = model!(
        let x = Input(3);
        let a = x => Dense(1, name = "a");
        let b = x => Dense(2, name = "b");
        (a, b)
    );
    let [first, second] = ["dict", "list"].map(|name| folder.path().join(format!("{name}.keras")));
    dict.save(&first)?;
    list.save(&second)?;
    for (file, named) in [(first, true), (second, false)] {
        // Also of what was read.
        let again = folder.path().join("again.keras");
        let model = load_model(&file)?;
        assert_eq!(
            (model.structure().outputs_named, model.structure().output_names),
            (named, &["a", "b"][..])
        );
        model.save(&again)?;
        assert_eq!(load_model(&again)?.structure().outputs_named, named);
        assert_eq!(std::fs::read(&file).expect("a file"), std::fs::read(&again).expect("a file"));
    }
    Ok(())
}

#[test]
fn inputs_stand_in_the_order_that_the_model_says() -> keras_core::Result<()> {
    let model = model!(
        let a = Input(1, name = "a");
        let b = Input(2, name = "b");
        let n = b.shape[-1];
        let y = [a => Dense(n), b] => Subtract();
        keras.Model([b, a], y)
    );
    let names: Vec<&str> = model.structure().inputs.iter().map(|input| input.name).collect();
    assert_eq!(names, ["b", "a"]);
    assert_eq!(model.predict((&Array2::<f32>::ones((3, 2)), &Array2::<f32>::ones((3, 1))))?.shape(), [3, 2]);
    // Those of a dict stand in the order of their keys.
    let model = model!(
        let inputs = {"b": keras.Input(shape=(2,), name="b"), "a": keras.Input(shape=(1,), name="a")};
        let features = layers.concatenate([inputs["b"], inputs["a"], inputs["b"]]);
        keras.Model(inputs, features => layers.Dense(1))
    );
    let names: Vec<&str> = model.structure().inputs.iter().map(|input| input.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(model.count_params(), 6);
    Ok(())
}

#[test]
fn what_a_dict_holds_is_made_once() {
    let model = model!(
        let x = Input(3);
        let heads = {"one": Dense(2), "two": x => Dense(2)};
        let a = x => heads["one"];
        let b = a => Dense(3) => heads["one"];
        [a, b, heads["two"], heads["two"]] => Add()
    );
    // `one` and `two` have one set of weights each.
    assert_eq!(model.count_params(), 2 * (3 * 2 + 2) + (2 * 3 + 3));
}

#[test]
fn lists_say_how_parts_are_moved_and_repeated() -> keras_core::Result<()> {
    let x = Array3::from_shape_fn((1, 2, 3), |(_, a, b)| (a * 3 + b) as f32);
    // numpy.roll and numpy.repeat of [[0, 1, 2], [3, 4, 5]].
    let rolled = [5.0, 3.0, 4.0, 2.0, 0.0, 1.0];
    assert_eq!(model!(Input(2, 3) => ops::roll([1, 1], axis = [1, 2])).predict(&x)?.to_vec()?, rolled);
    assert_eq!(model!(Input(2, 3) => ops::roll(1, axis = (1, 2))).predict(&x)?.to_vec()?, rolled);
    let repeated = model!(Input(2, 3) => ops::repeat([2, 0, 1], axis = 2));
    assert_eq!(repeated.predict(&x)?.to_vec()?, [0.0, 0.0, 2.0, 3.0, 3.0, 5.0]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("repeated.keras");
    repeated.save(&file)?;
    assert_eq!(load_model(&file)?.predict(&x)?.to_vec()?, [0.0, 0.0, 2.0, 3.0, 3.0, 5.0]);
    Ok(())
}

#[test]
fn a_function_without_braces_reads_loops_in_lists() -> keras_core::Result<()> {
    let model = model!(
        let many = |x, n| [x => Dense(2, kernel_initializer = ones) for i in 0..n] => Add();
        Input(2) => many(3)
    );
    assert_eq!(model.predict(&array![[1.0f32, 2.0]])?.to_vec()?, [9.0, 9.0]);
    // A parameter of a function may be called as an argument of a layer of older Keras.
    let model = model!(
        let make_model = |input_shape, classes| {
            let inputs = keras.Input(shape=input_shape);
            let model = keras.Model(inputs, inputs => layers.Flatten() => layers.Dense(classes));
            model
        };
        let size = (4, 4);
        let model = make_model(input_shape=size + (3,), classes=2);
        model
    );
    assert_eq!(model.count_params(), 48 * 2 + 2);
    Ok(())
}

const WIDTH: usize = 3;

mod sizes {
    pub const UNITS: usize = 5;
}

#[test]
fn settings_of_a_dict_may_be_constants_of_rust() {
    let model = model!(
        let config = {"units": WIDTH * 2, "activation": "relu"};
        let other = {"units": crate::pasted_dicts::sizes::UNITS};
        Input(4) => Dense(**config) => Dense(**other) => Dense(other["units"])
    );
    assert_eq!(model.count_params(), (4 * 6 + 6) + (6 * 5 + 5) + (5 * 5 + 5));
}

model! {
    /// The fields are the keys.
    pub struct Keyed {
        let inputs = {"wide": Input(2), "narrow": Input(1)};
        let heads = {"one": inputs["wide"] => Dense(2), "two": inputs["narrow"] => Dense(3)};
        (heads["one"], heads["two"])
    }
}

model! {
    /// Keras sorts the keys as texts, without quotes.
    pub struct Sorted {
        let inputs = {"img 2": Input(2), "img": Input(1)};
        let p = [inputs["img 2"], inputs["img"]] => Concatenate() => Dense(2);
        let outputs = {"n": p, "m": p => Dense(3)};
        keras.Model(inputs, outputs)
    }
}

#[test]
fn keys_are_the_names_of_fields() {
    let (keyed, sorted) = (Keyed::new(), Sorted::new());
    let fields = |structure: &keras_core::model::Structure| -> Vec<&'static str> {
        structure.inputs.iter().map(|input| input.field).collect()
    };
    assert_eq!(fields(keyed.structure()), ["wide", "narrow"]);
    assert_eq!(keyed.structure().output_fields, ["one", "two"]);
    let KeyedInputs { wide, narrow } = KeyedInputs { wide: 2, narrow: 1 };
    let KeyedOutputs { one, two } = KeyedOutputs { one: 2, two: 3 };
    assert_eq!(keyed.count_params(), wide * one + one + narrow * two + two);
    assert_eq!(fields(sorted.structure()), ["img", "img 2"]);
    assert_eq!(sorted.structure().output_names, ["m", "n"]);
}

#[test]
fn dicts_of_inputs_and_outputs_are_read_wherever_they_stand() -> keras_core::Result<()> {
    let (narrow, wide) = (Array2::<f32>::ones((3, 1)), Array2::<f32>::ones((3, 2)));
    // Among the arguments.
    let model = model!(
        let a = Input(2);
        let b = Input(1);
        let y = [a, b] => Concatenate() => Dense(1);
        keras.Model(inputs={"b": a, "a": b}, outputs=y)
    );
    assert_eq!(model.predict((&narrow, &wide))?.shape(), [3, 1]);
    // Of a model inside, by a name and without.
    let model = model!(
        let inputs = {"b": Input(2), "a": Input(1)};
        let y = [inputs["a"], inputs["b"]] => Concatenate();
        let inner = Model(inputs, {"two": y => Dense(2), "one": y => Dense(1)});
        let a = Input(1);
        let b = Input(2);
        let (one, two) = [a, b] => inner;
        (one, two)
    );
    let (one, two) = model.predict((&narrow, &wide))?;
    assert_eq!((one.shape(), two.shape()), (vec![3, 1], vec![3, 2]));
    Ok(())
}

#[test]
fn dicts_and_lists_may_have_raw_names() {
    let model = model!(
        let r#type = {"one": Dense(2), "two": 3};
        let x = Input(4);
        let mut r#fn = [];
        r#fn.append(x => r#type["one"]);
        r#fn.append(x => Dense(r#type["two"]));
        r#fn => Concatenate()
    );
    assert_eq!(model.count_params(), (4 * 2 + 2) + (4 * 3 + 3));
}
