//! What the tests of layers of several tensors have in common. Layers and shapes stand in Keras's words; `inputs`
//! reads the tensors that a layer is given.

use keras_shape::{Inferred, LayerConfig, Outputs, TensorSpec, infer};

use crate::python::layer;

pub type Specs = Vec<Option<TensorSpec>>;

pub fn config(source: &str) -> LayerConfig {
    layer(source).unwrap_or_else(|e| panic!("{source}: {e}"))
}

pub fn outputs(source: &str, inputs: &[Option<TensorSpec>]) -> Outputs {
    match infer(&config(source), inputs, 7, false) {
        Inferred::Known(outputs) => outputs,
        other => panic!("{source} on {inputs:?}: {other:?}"),
    }
}

pub fn shapes(outputs: &Outputs) -> String {
    let shapes: Vec<String> = (0..outputs.len()).map(|i| outputs.get(i).shape.to_string()).collect();
    shapes.join(" & ")
}

/// Holds layers to Keras's table: layer, inputs, outputs, number of parameters, weights.
pub fn assert_table(table: &str, inputs: fn(&str) -> Specs) {
    let mut wrong = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let row: Vec<&str> = line.split(" | ").map(|part| part.trim_end_matches(" |")).collect();
        let given = inputs(row[1]);
        let weights = config(row[0]).weights(&given.iter().flatten().copied().collect::<Vec<_>>());
        let list: Vec<String> = weights
            .as_slice()
            .iter()
            .map(|w| format!("{}{}", w.path.as_str(), w.shape).replace(",)", ")"))
            .collect();
        let count = weights.count(false).unwrap_or(usize::MAX);
        let found = format!("{} | {count} | {}", shapes(&outputs(row[0], &given)), list.join(" "));
        let expected = format!("{} | {} | {}", row[2], row[3], row.get(4).unwrap_or(&""));
        if found.trim() != expected.trim() {
            wrong.push(format!("{} on {}\n  Keras: {expected}\n  here:  {found}", row[0], row[1]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Layer, inputs, the argument to blame, and what the message must say, joined by `&`.
pub type Mistake = (&'static str, &'static str, &'static str, &'static str);

pub fn assert_mistakes(mistakes: &[Mistake], inputs: fn(&str) -> Specs) {
    let mut wrong = Vec::new();
    for (source, on, arg, parts) in mistakes {
        let (message, found) = match infer(&config(source), &inputs(on), 0, false) {
            Inferred::Wrong(error) => (error.to_string(), error.arg.unwrap_or("")),
            other => (format!("accepted: {other:?}"), ""),
        };
        if found != *arg {
            wrong.push(format!("{source} on {on}: blames `{found}`, not `{arg}`: {message}"));
        }
        for part in parts.split(" & ") {
            if !message.contains(part) {
                wrong.push(format!("{source} on {on}: no `{part}` in: {message}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What layers say of arguments that cannot be.
pub fn assert_refused(cases: &[(&str, &str)]) {
    for (source, parts) in cases {
        let message = layer(source).err().unwrap_or_else(|| panic!("{source}: accepted"));
        assert!(message.contains(parts), "{source}: {message}");
    }
}
