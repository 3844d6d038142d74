//! What Keras says of each layer: the shape it gives and the weights it makes (`layers.txt`), and what it
//! must not accept, with the numbers that the message has to name (`errors.txt`).

mod pages;
mod python;

use keras_shape::{Dim, Inferred, Mask, Shape, TensorSpec, infer};
use python::{layer, shape};

fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<String>)> {
    let rows = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    rows.map(|(i, line)| (i + 1, line.split(" | ").map(|part| part.trim().to_string()).collect()))
}

#[test]
fn shapes_and_weights_are_those_of_keras() {
    let mut wrong = Vec::new();
    for (at, row) in lines(include_str!("layers.txt")) {
        let config = layer(&row[0]).unwrap_or_else(|e| panic!("layers.txt:{at}: {e}"));
        let input = TensorSpec::float(shape(&row[1]));
        let found = match infer(&config, &[Some(input)], 0, false) {
            Inferred::Known(outputs) => {
                let weights = config.weights(&[input]);
                let list: Vec<String> = weights
                    .as_slice()
                    .iter()
                    .map(|w| format!("{}{}", w.path.as_str(), w.shape).replace(",)", ")"))
                    .collect();
                let count = weights.count(false).unwrap_or(usize::MAX);
                format!("{} | {count} | {}", outputs.get(0).shape, list.join(" "))
            }
            other => format!("{other:?}"),
        };
        let weights = row.get(4).map_or("", String::as_str);
        let expected = format!("{} | {} | {weights}", row[2], row[3]);
        if found.trim() != expected.trim() {
            wrong.push(format!(
                "layers.txt:{at}: {} on {}\n  Keras: {expected}\n  here:  {found}",
                row[0], row[1]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_are_named_with_their_numbers() {
    let mut wrong = Vec::new();
    for (at, row) in lines(include_str!("errors.txt")) {
        let message = match layer(&row[0]) {
            Err(error) => error,
            Ok(config) => match infer(&config, &[Some(TensorSpec::float(shape(&row[1])))], 0, false) {
                Inferred::Wrong(error) => format!("{}: {error}", error.arg.unwrap_or("")),
                other => format!("accepted: {other:?}"),
            },
        };
        for part in row[2].split(" & ") {
            if !message.contains(part) {
                wrong.push(format!("errors.txt:{at}: {} on {}: no `{part}` in: {message}", row[0], row[1]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A layer on `(batch, time, 8)`, whose time axis has a name and a mask.
fn on_sequence(source: &str) -> TensorSpec {
    let config = layer(source).unwrap_or_else(|e| panic!("{e}"));
    let mut input = TensorSpec::float(Shape::new(&[Dim::NONE, Dim::Dynamic(Some("time")), Dim::Fixed(8)]));
    input.mask = Mask::Present;
    match infer(&config, &[Some(input)], 7, false) {
        Inferred::Known(outputs) => outputs.get(0),
        other => panic!("{source}: {other:?}"),
    }
}

#[test]
fn names_of_axes_are_kept_where_the_length_is() {
    for (source, expected) in [
        ("Conv1D(4, 3, padding='same')", "(None, time, 4)"),
        ("Conv1D(4, 3, padding='causal')", "(None, time, 4)"),
        ("Conv1D(4, 1)", "(None, time, 4)"),
        ("Conv1D(4, 2)", "(None, time - 1, 4)"),
        ("Conv1D(4, 3, padding='same', strides=2)", "(None, (time + 1) / 2, 4)"),
        ("MaxPooling1D(3, 1, 'same')", "(None, time, 8)"),
        ("MaxPooling1D()", "(None, time / 2, 8)"),
        ("Permute((2, 1))", "(None, 8, time)"),
        ("Reshape((-1, 2, 4))", "(None, time, 2, 4)"),
        ("Reshape((2, None, 4))", "(None, 2, time, 4)"),
        ("Reshape((-1, 4))", "(None, 2 * time, 4)"),
        ("Dropout(0.5)", "(None, time, 8)"),
        ("BatchNormalization()", "(None, time, 8)"),
    ] {
        assert_eq!(on_sequence(source).shape.to_string(), expected, "{source}");
    }
}

#[test]
fn masks_go_where_keras_lets_them_go() {
    for source in [
        "Activation('relu')",
        "ReLU()",
        "LeakyReLU()",
        "ELU()",
        "PReLU(shared_axes=[1])",
        "Dropout(0.5)",
        "SpatialDropout1D(0.5)",
        "BatchNormalization()",
        "LayerNormalization()",
        "Rescaling(2.0)",
        "Identity()",
    ] {
        assert_eq!(on_sequence(source).mask, Mask::Present, "{source}");
    }
    for source in [
        "Flatten()",
        "Reshape((-1, 4))",
        "Permute((2, 1))",
        "Conv1D(4, 3)",
        "MaxPooling1D()",
        "AveragePooling1D(2)",
        "GlobalMaxPooling1D()",
    ] {
        assert_eq!(on_sequence(source).mask, Mask::Lost(7), "{source}");
    }
    assert_eq!(on_sequence("GlobalAveragePooling1D()").mask, Mask::Absent);
}

#[test]
fn a_mask_that_does_not_fit_is_refused_unless_dropped() {
    let config = layer("Softmax()").unwrap_or_else(|e| panic!("{e}"));
    let mut input = TensorSpec::float(shape("(None, 5, 6)"));
    input.mask = Mask::Present;
    assert!(matches!(infer(&config, &[Some(input)], 0, false), Inferred::Wrong(_)));
    assert!(matches!(infer(&config, &[Some(input)], 0, true), Inferred::Known(_)));
}

#[test]
fn keras_other_names_are_known() {
    for (alias, class) in
        [("MaxPool2D", "MaxPooling2D"), ("AvgPool1D", "AveragePooling1D"), ("Convolution1D", "Conv1D")]
    {
        let config = keras_shape::LayerConfig::default_of(alias).map(|config| config.class());
        assert_eq!(config, Some(class));
    }
}
