//! Arguments as only some Keras between 2.0 and 3.4 wrote them.
#![allow(missing_docs)]

use keras_files::{Graph, Layer, Made, ReasonKind, Writer, make, reasons};
use serde_json::{Value, json};

/// What is made of a layer of the class, in a file of this Keras.
fn made(class: &str, config: Value, version: &str) -> Result<Made, Vec<String>> {
    let Value::Object(config) = config else { panic!("a configuration is an object") };
    let layer = Layer {
        name: "layer".into(),
        class: class.into(),
        module: String::new(),
        registered: None,
        config,
        inner: None,
        input: None,
        implied: false,
        calls: Vec::new(),
        operation: None,
    };
    make(&layer, &Writer::new(Some(version.into()), Some("tensorflow".into())))
}

fn has(made: Result<Made, Vec<String>>, text: &str) {
    let config = format!("{:?}", made.expect("a layer").config);
    assert!(config.contains(text), "{config}");
}

#[test]
fn numbers_of_numpy_are_objects_in_keras_2() {
    let slope = json!({ "alpha": { "type": "ndarray", "value": 0.25 } });
    has(made("LeakyReLU", slope, "2.0.8"), "negative_slope: 0.25");
    let relu = json!({ "max_value": { "type": "ndarray", "value": 6.0 }, "threshold": { "type": "ndarray", "value": 0.0 } });
    has(made("ReLU", relu, "2.2.4"), "6.0");
}

#[test]
fn attention_was_causal_by_an_argument_of_the_layer() {
    has(made("Attention", json!({ "causal": true, "dropout": 0.0 }), "2.4.0"), "use_causal_mask: true");
    has(made("AdditiveAttention", json!({ "causal": false }), "2.4.0"), "use_causal_mask: false");
}

#[test]
fn what_says_how_numbers_are_drawn_means_nothing() {
    has(made("RandomFlip", json!({ "rng_type": "stateful", "mode": "horizontal" }), "2.15.0"), "Horizontal");
    let rotation = json!({ "factor": [-0.5, 0.5], "value_range": [0.0, 255.0] });
    has(made("RandomRotation", rotation, "3.3.3"), "0.5");
}

#[test]
fn quantized_layers_are_refused_in_words() {
    let dtype = json!({ "class_name": "QuantizedDTypePolicy", "config": { "mode": "int8", "source_name": "float32" } });
    let wrong = made("Dense", json!({ "units": 2, "dtype": dtype }), "3.8.0").expect_err("numbers of 8 bits");
    assert_eq!(wrong, ["it is quantized (int8), which is not read here"]);
    // Each way of Keras 3.15 has a policy of its own.
    let dtype = json!({ "class_name": "Int4DTypePolicy", "config": { "mode": "int4/128", "source_name": "float32" } });
    let wrong =
        made("Dense", json!({ "units": 2, "dtype": dtype }), "3.15.1").expect_err("numbers of 4 bits");
    assert_eq!(wrong, ["it is quantized (int4/128), which is not read here"]);
}

/// A class of that name which somebody has registered is no chain.
#[test]
fn a_pipeline_is_a_chain_of_layers() {
    let read = |registered: Value| {
        let rescaling = json!({ "class_name": "Rescaling", "config": { "name": "r", "scale": 2.0 } });
        let layers = json!([
            { "class_name": "InputLayer", "config": { "batch_shape": [null, 3], "name": "x" } },
            { "class_name": "Pipeline", "registered_name": registered, "build_config": { "input_shape": [null, 3] },
              "config": { "name": "p", "layers": [rescaling] } },
        ]);
        let model = json!({ "class_name": "Sequential", "config": { "name": "m", "layers": layers } });
        let graph = Graph::read(&model, &Writer::new(Some("3.8.0".into()), None)).expect("a graph");
        graph.layer("p").expect("the layer").inner.as_ref().map(|inner| inner.layers.len())
    };
    assert_eq!((read(Value::Null), read(json!("Mine>Pipeline"))), (Some(2), None));
}

/// Keras gives the one tensor back, with its mask.
#[test]
fn a_list_of_one_tensor_is_merged_to_what_it_is() {
    let input = json!({
        "class_name": "InputLayer", "name": "x", "inbound_nodes": [],
        "config": { "batch_shape": [null, 3], "dtype": "float32", "name": "x" },
    });
    let x = json!({ "class_name": "__keras_tensor__", "config": { "keras_history": ["x", 0, 0] } });
    let merge = json!({
        "class_name": "Concatenate", "name": "merge", "config": { "name": "merge", "trainable": true, "axis": -1 },
        "inbound_nodes": [{ "args": [[x]], "kwargs": {} }],
    });
    let config = json!({
        "name": "model", "layers": [input, merge], "input_layers": [["x", 0, 0]], "output_layers": [["merge", 0, 0]],
    });
    let writer = Writer::new(Some("3.8.0".into()), None);
    let graph =
        Graph::read(&json!({ "class_name": "Functional", "config": config }), &writer).expect("a graph");
    let merge = graph.layer("merge").expect("the layer");
    assert_eq!(merge.class, "Identity");
    make(merge, &writer).expect("a layer");
}

/// What there is no operation for somebody else may know; what an operation is given is known here.
#[test]
fn functions_that_do_not_exist_are_told_from_their_arguments() {
    let kind = |function: &str, kwargs: Value| {
        let layers = json!([
            { "class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": { "batch_input_shape": [null, 3], "name": "x" } },
            { "class_name": "TFOpLambda", "name": "f", "config": { "name": "f", "function": function }, "inbound_nodes": [["x", 0, 0, kwargs]] },
        ]);
        let config = json!({ "name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]] });
        let writer = Writer::new(Some("2.9.0".into()), None);
        let model = json!({ "class_name": "Functional", "config": config });
        let graph = Graph::read(&model, &writer).expect("a graph");
        reasons(&graph, &writer, &|_| None).into_iter().map(|reason| reason.kind).collect::<Vec<_>>()
    };
    assert_eq!(kind("math.nowhere", json!({})), [ReasonKind::Unknown]);
    assert_eq!(kind("sequence_mask", json!({ "maxlen": null })), [ReasonKind::Arguments]);
}
