//! Arguments as only some Keras between 2.0 and 3.4 wrote them.
#![allow(missing_docs)]

use keras_files::{Graph, Layer, Made, ReasonKind, Writer, make, reasons, source};
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

/// A policy that says how a layer was quantized.
fn policy(class: &str, mode: &str, source: &str) -> Value {
    json!({ "class_name": class, "config": { "mode": mode, "source_name": source } })
}

#[test]
fn layers_quantized_in_another_way_are_refused_in_words() {
    let int8 = policy("QuantizedDTypePolicy", "int8", "float32");
    let refused =
        |class: &str, config: Value| made(class, config, "3.15.1").expect_err("a reason").join("; ");
    let with = |class: &str, key: &str, value: Value| {
        let mut config = json!({ "units": 2, "dtype": int8 });
        config[key] = value;
        refused(class, config)
    };
    let float8 = policy("QuantizedFloat8DTypePolicy", "float8", "float32");
    let gptq = policy("GPTQDTypePolicy", "gptq/4/128", "float32");
    let half = policy("QuantizedDTypePolicy", "int8", "mixed_bfloat16");
    let cases = [
        (
            with("Dense", "dtype", float8),
            "(float8), and of quantized layers those of `int8` and `int4` are read",
        ),
        (with("Dense", "dtype", gptq), "(gptq/4/128), and of quantized layers"),
        (with("Dense", "dtype", half), "and computes in mixed_bfloat16"),
        (with("Dense", "lora_rank", json!(2)), "and has LoRA beside that"),
        (
            with("EinsumDense", "equation", json!("...a,ab->...b")),
            "with an equation that Keras does not quantize",
        ),
        (with("LSTM", "units", json!(2)), "and Keras quantizes no `LSTM`"),
        (
            refused(
                "TimeDistributed",
                json!({ "layer": { "class_name": "Dense", "config": { "units": 2, "dtype": int8 } } }),
            ),
            "the `Dense` in it is quantized",
        ),
    ];
    for (wrong, says) in cases {
        assert!(wrong.contains(says) && wrong.contains("before it is quantized"), "{wrong}");
    }
    let other = json!({ "config": { "activation_quantizer": { "class_name": "Own", "config": {} } } });
    assert!(with("Dense", "quantization_config", other).contains("by another quantizer"));
    assert!(made("Dense", json!({ "units": 2, "dtype": int8 }), "3.8.0").is_ok());
}

/// `RandomShear(0.2)` in a file is `[-0.2, 0.2]`, which Keras itself does not take.
#[test]
fn shears_are_read_as_keras_writes_them() {
    has(made("RandomShear", json!({ "x_factor": [-0.2, 0.2], "y_factor": [0.1, 0.3] }), "3.15.1"), "0.2");
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

/// Keras 2 has `RandomHeight` and `RandomWidth`, which do nothing where a model predicts; in a file of Keras 3 such a class is the
/// author's own, and `Identity` has no arguments in any.
#[test]
fn layers_that_stretch_images_are_those_of_keras_2() {
    let read = |class: &str, config: Value, version: &str| {
        let layers = json!([
            { "class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": { "batch_input_shape": [null, 4, 4, 1], "name": "x" } },
            { "class_name": class, "name": "f", "config": config, "inbound_nodes": [[["x", 0, 0, {}]]] },
        ]);
        let config = json!({ "name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]] });
        let writer = Writer::new(Some(version.into()), None);
        let graph =
            Graph::read(&json!({ "class_name": "Functional", "config": config }), &writer).expect("a graph");
        let made = make(graph.layer("f").expect("the layer"), &writer).map(|made| made.config.class());
        (made, reasons(&graph, &writer, &|_| None).into_iter().map(|reason| reason.kind).collect::<Vec<_>>())
    };
    let stretching = || json!({ "name": "f", "factor": 0.2, "interpolation": "bilinear", "seed": 7 });
    for class in ["RandomHeight", "RandomWidth"] {
        assert_eq!(read(class, stretching(), "2.9.0"), (Ok("Identity"), Vec::new()), "{class}");
        let (made, kinds) = read(class, stretching(), "3.8.0");
        assert_eq!(made, Err(vec![format!("there is no layer `{class}` here")]));
        assert_eq!(kinds, [ReasonKind::Unknown], "{class}");
    }
    for version in ["2.9.0", "3.8.0"] {
        let (made, kinds) = read("Identity", stretching(), version);
        let told = made.expect_err("no arguments").join(" ");
        assert!(told.contains("factor") && told.contains("seed"), "{told}");
        assert_eq!(kinds.first(), Some(&ReasonKind::Arguments), "{version}");
    }
}

/// Of a dict of outputs the first is that of the first key, as Keras counts them; what is no name becomes no key of a source.
#[test]
fn outputs_of_a_dict_stand_in_the_order_of_their_keys() {
    let graph = |keys: [&str; 2]| {
        let layers = json!([
            { "class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": { "batch_input_shape": [null, 3], "name": "x" } },
            { "class_name": "Dense", "name": "p", "config": { "name": "p", "units": 1 }, "inbound_nodes": [[["x", 0, 0, {}]]] },
            { "class_name": "Dense", "name": "q", "config": { "name": "q", "units": 2 }, "inbound_nodes": [[["x", 0, 0, {}]]] },
        ]);
        let outputs = json!({ keys[0]: ["p", 0, 0], keys[1]: ["q", 0, 0] });
        let config =
            json!({ "name": "m", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": outputs });
        let writer = Writer::new(Some("2.9.0".into()), None);
        let graph =
            Graph::read(&json!({ "class_name": "Functional", "config": config }), &writer).expect("a graph");
        let places: Vec<usize> = graph.outputs.iter().map(|output| output.layer).collect();
        let text = source(&graph, &writer, "m").expect("a source");
        (graph.output_keys, places, text)
    };
    let (keys, places, text) = graph(["b", "a"]);
    assert_eq!((keys, places), (vec!["a".to_string(), "b".to_string()], vec![2, 1]));
    assert!(text.contains("{\"a\": "), "{text}");
    let long = "k".repeat(10_000);
    for key in ["", "b/c", "b\nc", long.as_str()] {
        let (keys, _, text) = graph([key, "a"]);
        assert!(keys.iter().any(|own| own == key));
        assert!(!text.contains("{\"a\": ") && !text.contains("\"a\", "), "{text}");
    }
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
    assert_eq!(kind("sequence_mask", json!({ "maxlen": 0 })), [ReasonKind::Arguments]);
    assert_eq!(kind("sequence_mask", json!({ "maxlen": 65_536 })), []);
}

/// A mask of many steps is no list of as many numbers: thousands of them fit into a small file.
#[test]
fn masks_of_sequences_are_counted_where_the_model_computes() {
    let layers = |maxlen: u64| {
        json!([
            { "class_name": "InputLayer", "name": "x", "inbound_nodes": [], "config": { "batch_input_shape": [null, 3], "name": "x" } },
            { "class_name": "TFOpLambda", "name": "f", "config": { "name": "f", "function": "sequence_mask" },
              "inbound_nodes": [["x", 0, 0, { "maxlen": maxlen }]] },
        ])
    };
    let read = |maxlen: u64| {
        let config = json!({ "name": "m", "layers": layers(maxlen), "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]] });
        let writer = Writer::new(Some("2.9.0".into()), None);
        Graph::read(&json!({ "class_name": "Functional", "config": config }), &writer).expect("a graph")
    };
    assert_eq!(format!("{:?}", read(65_536)).len(), format!("{:?}", read(10_000)).len());
    let graph = read(65_537);
    let Some(Err(unread)) = &graph.layer("f").expect("the layer").operation else { panic!("it is too long") };
    assert!(
        unread.text.contains("`maxlen` is 65537, which is too long: 65536 steps are the most"),
        "{}",
        unread.text
    );
}
