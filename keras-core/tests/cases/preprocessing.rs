//! Layers that prepare numbers and categories against Keras's own numbers (`data/preprocessing.json`, written by
//! `data/preprocessing.py`).

use keras_core::shape::{DType, Shape, TensorSpec};
use keras_core::model::Value;
use keras_core::tensor::Raw;
use keras_core::{Error, Result};
use serde_json::Value as Json;

use super::super::{differs, lengths, list, numbers, python, run_alone};

fn check(case: &Json) -> Result<Vec<String>> {
    let config = python::layer(case["layer"].as_str().unwrap_or_default()).map_err(Error::Argument)?;
    let shapes: Vec<Vec<usize>> = list(&case["shapes"]).iter().map(lengths).collect();
    let whole = case["whole"] == true;
    let mut messages = Vec::new();
    let values = list(&case["x"]).iter().zip(&shapes);
    let values: Vec<Value> = values
        .map(|(x, shape)| {
            let x = numbers(x);
            let raw = match whole {
                true => Raw::from_i32(x.iter().map(|x| *x as i32).collect(), shape)?,
                false => Raw::from_f32(x, shape)?,
            };
            Ok(Value::new(raw))
        })
        .collect::<Result<_>>()?;
    let specs: Vec<TensorSpec> = shapes
        .iter()
        .map(|shape| TensorSpec {
            dtype: if whole { DType::Int32 } else { DType::Float32 },
            ..TensorSpec::float(Shape::fixed(shape))
        })
        .collect();
    let outputs = config.output(&specs).map_err(|error| Error::Argument(error.to_string()))?;
    let shape: Vec<usize> = outputs.get(0).shape.dims().iter().filter_map(|dim| dim.fixed()).collect();
    if shape != lengths(&case["y_shape"]) {
        messages.push(format!("the rule says {shape:?}, Keras gives {}", case["y_shape"]));
    }
    let y = run_alone(&config, &values, None)?.remove(0).data;
    if y.shape() != lengths(&case["y_shape"]) {
        messages.push(format!("shape {:?}, Keras {}", y.shape(), case["y_shape"]));
    }
    if y.is_float() == (outputs.get(0).dtype == DType::Int32) {
        messages.push("the type is not what the rule says".into());
    }
    messages.extend(differs("output", &y, &case["y"])?);
    Ok(messages)
}

#[test]
fn preprocessing_is_that_of_keras() {
    let cases: Json =
        serde_json::from_str(include_str!("../data/preprocessing.json")).expect("preprocessing.json");
    let mut wrong = Vec::new();
    for case in list(&cases) {
        let messages = check(case).unwrap_or_else(|error| vec![error.to_string()]);
        wrong.extend(messages.into_iter().map(|message| format!("{}: {message}", case["layer"])));
    }
    assert!(list(&cases).len() > 40 && wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
