//! Kernels of recurrent and attention layers against their operations: the same layer as a plan and traced, on random
//! arguments, shapes, masks and states.

use keras_core::engine::{squares, weighted, without};
use keras_core::{Error, Result};
use serde_json::{Value as Json, json};

use super::super::{lengths, python};
use super::written::{Choices, same};
use super::{graph, named, open};

/// A layer in Python, and how it is called: shapes of its inputs, masks, states.
fn layer(c: &mut Choices) -> (String, Json) {
    if c.below(3) == 0 { attention(c) } else { recurrent(c) }
}

fn flag(c: &mut Choices) -> &'static str {
    ["True", "False"][c.below(2)]
}

/// Truth values, as numbers.
fn counts(c: &mut Choices, n: usize) -> Vec<f32> {
    (0..n).map(|_| f32::from(u8::from(c.below(3) > 0))).collect()
}

fn recurrent(c: &mut Choices) -> (String, Json) {
    let x = c.shape(3);
    let (batch, units) = (x[0], c.length());
    let class = c.of(&["LSTM", "GRU", "SimpleRNN"]);
    let act = c.of(&["tanh", "relu", "sigmoid", "linear", "hard_tanh", "elu"]);
    let mut arguments = format!("{units}, activation='{act}', use_bias={}", flag(c));
    arguments += &format!(", return_sequences={}, return_state={}", flag(c), flag(c));
    if class != "SimpleRNN" {
        arguments += &format!(", recurrent_activation='{}'", c.of(&["sigmoid", "hard_sigmoid", "tanh"]));
    }
    if class == "GRU" {
        arguments += &format!(", reset_after={}", flag(c));
    }
    if c.below(3) == 0 {
        arguments += ", dropout=0.3, seed=3";
    }
    let both = c.below(3) == 0;
    if !both {
        arguments += &format!(", go_backwards={}, zero_output_for_mask={}", flag(c), flag(c));
    }
    let mut source = format!("{class}({arguments})");
    if both {
        let mode = c.of(&["'concat'", "'sum'", "'mul'", "'ave'", "None"]);
        source = format!("Bidirectional({source}, merge_mode={mode})");
    }
    let states = c.below(3) == 0;
    let mut shapes = vec![x.clone()];
    if states {
        let one = if class == "LSTM" { 2 } else { 1 };
        shapes.extend(vec![vec![batch, units]; if both { 2 * one } else { one }]);
    }
    let of_steps = counts(c, x[0] * x[1]);
    // By name beside states, carried else: or none at all.
    let masked = c.below(2) == 0;
    let by_name = masked && (states || c.below(2) == 0);
    let named =
        if by_name { json!([{ "role": "mask", "shape": &x[..2], "v": of_steps }]) } else { json!([]) };
    let carried = if masked && !by_name { json!(of_steps) } else { Json::Null };
    (source, json!({ "shapes": shapes, "states": states, "mask": carried, "named": named }))
}

fn attention(c: &mut Choices) -> (String, Json) {
    let [batch, rows, width] = [1 + c.below(3), 1 + c.below(5), c.length()];
    let columns = 1 + c.below(6);
    let class = c.of(&["Attention", "AdditiveAttention", "MultiHeadAttention"]);
    let heads = class == "MultiHeadAttention";
    let value = if c.below(2) == 0 { width } else { c.length() };
    let mut shapes = vec![vec![batch, rows, width], vec![batch, columns, value]];
    if value != width || c.below(2) == 0 {
        shapes.push(vec![batch, columns, width]);
    }
    let mut arguments = match class {
        "Attention" => {
            format!("use_scale={}, score_mode='{}'", flag(c), c.of(&["dot", "concat"]))
        }
        "AdditiveAttention" => format!("use_scale={}", flag(c)),
        _ => {
            let more =
                c.of(&["", ", use_gate=True", ", value_dim=3", ", use_bias=False", ", output_shape=4"]);
            format!("{}, {}{more}", 1 + c.below(3), 1 + c.below(4))
        }
    };
    arguments += &format!(", use_causal_mask={}, return_attention_scores={}", flag(c), flag(c));
    if c.below(3) == 0 {
        arguments += ", dropout=0.3, seed=3";
    }
    let mut named = Vec::new();
    for (name, of) in [("value_mask", columns), ("key_mask", columns)] {
        if c.below(3) == 0 && (heads || name == "value_mask") {
            named.push(json!({ "role": name, "shape": [batch, of], "v": counts(c, batch * of) }));
        }
    }
    if heads && c.below(3) == 0 {
        let v = counts(c, batch * rows * columns);
        named.push(json!({ "role": "attention_mask", "shape": [batch, rows, columns], "v": v }));
    }
    let carried = if c.below(2) == 0 { json!(counts(c, batch * rows)) } else { Json::Null };
    (format!("{class}({arguments})"), json!({ "shapes": shapes, "mask": carried, "named": named }))
}

/// What differs between the kernel and the operations.
fn differences(c: &mut Choices) -> Result<Option<String>> {
    let (source, mut case) = layer(c);
    let training = c.below(2) == 0;
    let config = python::layer(&source).map_err(Error::Argument)?;
    let specs = open(&case);
    let outputs = config.output(&specs).map_err(|e| Error::Argument(format!("{source} {case}: {e}")))?;
    let weights = config.weights(&specs);
    let weights = weights.as_slice().iter().map(|weight| {
        let shape: Vec<usize> = weight.shape.dims().iter().filter_map(|dim| dim.fixed()).collect();
        // Weights that no sum takes to a kink of an activation exactly, nor a linear state out of all bounds.
        let numbers: Vec<f32> =
            c.numbers(shape.iter().product(), false).into_iter().map(|x| 0.456_789 * x).collect();
        json!({ "shape": shape, "v": numbers })
    });
    case["weights"] = weights.collect();
    let graph = graph(config, outputs, &case)?;
    let shapes: Vec<Vec<usize>> = case["shapes"].as_array().into_iter().flatten().map(lengths).collect();
    let mut inputs: Vec<(Vec<f32>, Vec<usize>)> =
        shapes.iter().map(|shape| (c.numbers(shape.iter().product(), false), shape.clone())).collect();
    inputs.extend(named(&case).into_iter().map(|(_, v, shape)| (v, shape)));
    let sizes = without(|| squares(&graph, &inputs))?;
    let factors: Vec<Vec<f32>> = sizes.outputs.iter().map(|y| c.numbers(y.len(), false)).collect();
    let wanted = without(|| weighted(&graph, &inputs, &factors, training))?;
    let found = weighted(&graph, &inputs, &factors, training)?;
    for (i, (wanted, found)) in wanted.outputs.iter().zip(&found.outputs).enumerate() {
        if !same(found, wanted) {
            return Ok(Some(format!("{source} {case}: output {i}\n  {found:?}\n  {wanted:?}")));
        }
    }
    let mut pairs = Vec::new();
    let mut largest = 0.0f32;
    for (found, wanted) in found.gradients.iter().zip(&wanted.gradients) {
        let (found, wanted) = (found.clone().unwrap_or_default(), wanted.clone().unwrap_or_default());
        largest = wanted.iter().fold(largest, |max, x| max.max(x.abs()));
        pairs.push((found, wanted));
    }
    for (i, (found, wanted)) in pairs.iter().enumerate() {
        // That of a key's bias is a sum of large numbers that cancel.
        let cancelled = found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 1e-6 * largest);
        if !cancelled && !same(found, wanted) {
            return Ok(Some(format!("{source} {case}: gradient {i}\n  {found:?}\n  {wanted:?}")));
        }
    }
    Ok(None)
}

#[test]
fn kernels_of_sequences_are_the_operations() {
    let mut wrong = Vec::new();
    for seed in 0..600 {
        match differences(&mut Choices(seed)) {
            Ok(None) => {}
            Ok(Some(message)) => wrong.push(format!("{seed}: {message}")),
            Err(error) => wrong.push(format!("{seed}: {error}")),
        }
    }
    assert!(wrong.is_empty(), "{} of 600\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
}
