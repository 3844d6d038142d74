//! `model.summary()` against what real Keras prints, character for character.
//!
//! Left out: `layer_range` and `positions`, which `Summary` does not offer; `big` and `huge`, models of several
//! gigabytes of which Keras only made the shapes; and `long_words`, with a tensor of 12 axes where 8 are the most.
//! keras-shape's own tests draw the tables of the latter two.

use std::path::Path;

use keras_core::prelude::*;
use keras_core::tensor::{IntoInputs, IntoTargets};
use keras_core::training::losses::Losses;
use keras_core::training::{Logs, TargetOf};
use ndarray::{ArrayD, IxDyn};
use serde_json::Value as Json;

use crate::keras::summaries_generated::{LEFT_OUT, TESTED};

fn rows() -> Vec<Json> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/summaries.json");
    let text = std::fs::read_to_string(path).expect("summaries.json");
    serde_json::from_str::<Json>(&text).expect("JSON").as_array().expect("rows").clone()
}

fn row(id: &str) -> Json {
    rows().into_iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("no row {id}"))
}

#[test]
fn every_row_is_tested_or_named() {
    let rows = rows();
    assert_eq!(rows.len(), TESTED + LEFT_OUT.len());
    for id in LEFT_OUT {
        assert!(rows.iter().any(|row| row["id"] == id), "{id}");
    }
}

fn compare(id: &str, mut summary: keras_core::model::Summary) {
    let row = row(id);
    for (name, value) in row["arguments"].as_object().expect("arguments") {
        summary = match name.as_str() {
            "line_length" => summary.line_length(value.as_u64().expect("a width") as usize),
            "show_trainable" => summary.show_trainable(value.as_bool().expect("a flag")),
            "expand_nested" => summary.expand_nested(value.as_bool().expect("a flag")),
            other => panic!("{id}: no argument {other}"),
        };
    }
    if row["terminal"] == 80 {
        // Keras leaves 4 columns of a narrow terminal free; text that goes to no terminal is not cut here.
        summary = summary.line_length(76);
    }
    // A type's name becomes Keras's by its own rule for class names, which `name="MyModel"` is not held to.
    let wanted = row["text"].as_str().expect("a text").replace("\"MyModel\"", "\"my_model\"");
    let found = summary.to_string();
    assert_eq!(found.trim_end(), wanted.trim_end(), "{id}:\n{found}\n{wanted}");
}

pub fn check<M: Model>(id: &str, model: M) {
    compare(id, model.summary());
    // A file of the mixed model has no operations that make masks: their numbers are of 16 bits.
    if !id.starts_with("masked_") || id == "masked_mixed" {
        return;
    }
    // The operations that make masks are in a file once, however often it is written.
    let path = std::env::temp_dir().join(format!("{id}_{}.keras", std::process::id()));
    model.save(&path).unwrap_or_else(|e| panic!("{id}: {e}"));
    let loaded = load_model(&path).unwrap_or_else(|e| panic!("{id}: {e}"));
    compare(id, loaded.summary());
    loaded.save(&path).unwrap_or_else(|e| panic!("{id}: {e}"));
    let again = load_model(&path).unwrap_or_else(|e| panic!("{id}: {e}"));
    std::fs::remove_file(&path).unwrap_or_else(|e| panic!("{id}: {e}"));
    compare(id, again.summary());
}

/// Ones for data; a target that sums to one.
fn arrays(input: Dims, output: Dims) -> (ArrayD<f32>, ArrayD<f32>) {
    let lengths = |shape: &Dims| shape.dims().iter().map(|d| d.fixed().unwrap_or(2)).collect::<Vec<_>>();
    let (input, output) = (lengths(&input), lengths(&output));
    let each = 1.0 / *output.last().expect("an axis") as f32;
    (ArrayD::ones(IxDyn(&input)), ArrayD::from_elem(IxDyn(&output), each))
}

pub fn check_compiled<M: Model, L: Losses<M::Outputs>>(id: &str, mut model: Compiled<M, L>, trained: bool)
where
    for<'a> &'a ArrayD<f32>: IntoInputs<'a, M::Inputs> + IntoTargets<'a, TargetOf<M, L>>,
{
    if trained {
        let (x, y) = arrays(model.input_shape(), model.output_shape());
        let logs: Logs = model.train_on_batch(&x, &y).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert!(logs[0].1.is_finite(), "{id}: {logs:?}");
    }
    compare(id, model.summary());
}
