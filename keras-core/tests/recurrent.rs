//! Recurrent layers, embeddings, masks and wrappers against Keras's own numbers (`data/recurrent.json`,
//! written by `data/recurrent.py`).

use keras_core::Result;
use keras_core::context::Context;
use keras_core::model::{Alone, Value};
use keras_core::param::Param;
use keras_core::shape::{
    Arg, Build, Inferred, LayerConfig, Mask, Role, Shape, TensorSpec, Weights, in_role, infer,
};
use keras_core::tensor::Raw;
use serde_json::Value as Json;

fn numbers(json: &Json) -> Vec<f32> {
    json["data"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

fn shape(json: &Json) -> Vec<usize> {
    json["shape"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap() as usize).collect()
}

fn raw(json: &Json) -> Raw {
    if json["dtype"] == "float32" {
        return Raw::from_f32(numbers(json), &shape(json)).unwrap();
    }
    let values = numbers(json).into_iter().map(|v| v as i32).collect();
    Raw::from_i32(values, &shape(json)).unwrap()
}

fn mask(json: &Json) -> Option<Raw> {
    let shape = shape_of_mask(json)?;
    let counts = raw(json).to_vec().unwrap().into_iter().map(|x| x != 0.0).collect();
    Some(Raw::from_bool(counts, &shape).unwrap())
}

fn shape_of_mask(json: &Json) -> Option<Vec<usize>> {
    (!json.is_null()).then(|| shape(json))
}

fn arg(json: &Json) -> Arg {
    match json {
        Json::Null => Arg::None,
        Json::Bool(b) => Arg::Bool(*b),
        Json::Number(n) => n.as_i64().map_or_else(|| Arg::Float(n.as_f64().unwrap()), |i| Arg::Int(i.into())),
        Json::String(s) => Arg::Str(s.clone()),
        Json::Object(layer) => Arg::Call(layer["class"].as_str().unwrap().into(), args(&layer["args"])),
        Json::Array(list) => Arg::List(list.iter().map(arg).collect()),
    }
}

fn args(json: &Json) -> Vec<(Option<String>, Arg)> {
    json.as_object().unwrap().iter().map(|(name, value)| (Some(name.clone()), arg(value))).collect()
}

fn config(class: &str, arguments: &[(Option<String>, Arg)]) -> LayerConfig {
    let mut build = Build::new(LayerConfig::default_of(class).unwrap());
    for (name, arg) in arguments {
        build.set(name.as_deref(), arg).unwrap();
    }
    build.finish().unwrap().0
}

fn spec(shape: &[usize], mask: bool) -> TensorSpec {
    let mut spec = TensorSpec::float(Shape::fixed(shape));
    spec.mask = if mask { Mask::Present } else { Mask::Absent };
    spec
}

fn context(training: bool) -> Context {
    if training { Context::training(0, 0) } else { Context::inference() }
}

fn param(weights: &Weights, i: usize, value: Raw) -> Param {
    let spec = &weights.as_slice()[i];
    let mut param = Param::new(spec.path.as_str(), value);
    param.trainable = spec.trainable;
    param
}

/// What differs, if anything does by more than rounding.
fn difference(what: &str, found: &Raw, expected: &Json) -> Option<String> {
    if found.shape() != shape(expected) {
        return Some(format!("{what}: shape {:?}, Keras {:?}", found.shape(), shape(expected)));
    }
    let (found, expected) = (found.to_vec().unwrap(), numbers(expected));
    let far = found.iter().zip(&expected).any(|(a, b)| a.is_nan() || (a - b).abs() > 3e-6 + 3e-6 * b.abs());
    far.then(|| format!("{what}:\n  here  {found:?}\n  Keras {expected:?}"))
}

fn check(case: &Json) -> Vec<String> {
    let config = config(case["class"].as_str().unwrap(), &args(&case["args"]));
    let mut inputs: Vec<Value> =
        case["inputs"].as_array().unwrap().iter().map(|input| Value::new(raw(input))).collect();
    inputs[0].mask = mask(&case["mask"]);
    inputs.iter_mut().skip(1).for_each(|state| state.role = Role::InitialState);
    let specs: Vec<_> = inputs.iter().map(|value| spec(&value.data.shape(), value.mask.is_some())).collect();
    let weights = config.weights(&specs);
    let mut wrong = match declared(case, &config, &specs, &weights) {
        Ok(wrong) => wrong,
        Err(why) => return vec![why],
    };
    let params = case["weights"].as_array().unwrap().iter().enumerate();
    let params: Vec<_> = params.map(|(i, w)| param(&weights, i, raw(w))).collect();
    // Beside states one that is carried is not applied: Keras was given it by name.
    if inputs.len() > 1
        && let Some(mask) = inputs[0].mask.take()
    {
        inputs.push(Value { role: Role::Mask, ..Value::new(mask) });
    }
    wrong.extend(computed(case, &config, &params, &inputs));
    if !case["factors"].is_null() {
        wrong.extend(gradients(case, &config, &params, &inputs));
    }
    wrong
}

/// What differs in the shapes, masks and weights that the rule says.
///
/// # Errors
/// Nothing more can be compared.
fn declared(
    case: &Json,
    config: &LayerConfig,
    specs: &[TensorSpec],
    weights: &Weights,
) -> Result<Vec<String>, String> {
    let mut wrong = Vec::new();
    let roles = (0..specs.len()).map(|i| if i == 0 { Role::Input } else { Role::InitialState });
    let given: Vec<_> = specs.iter().zip(roles).map(|(spec, role)| in_role(Some(*spec), role)).collect();
    let inferred = infer(config, &given, 0, false);
    let Inferred::Known(declared) = inferred else { return Err(format!("{inferred:?}")) };
    let expected = case["outputs"].as_array().unwrap();
    if declared.len() != expected.len() {
        wrong.push(format!("{} outputs declared, Keras has {}", declared.len(), expected.len()));
    }
    for (i, output) in expected.iter().enumerate() {
        let want = spec(&shape(output), !case["output_masks"][i].is_null());
        let have = declared.get(i);
        if have.shape != want.shape || (have.mask == Mask::Present) != (want.mask == Mask::Present) {
            wrong.push(format!("output {i}: declared {have:?}, Keras {want:?}"));
        }
    }
    let have: Vec<_> =
        weights.as_slice().iter().map(|w| (w.path.as_str().to_string(), w.shape.to_string())).collect();
    let want = case["weights"].as_array().unwrap().iter();
    let want: Vec<_> = want
        .map(|w| (w["path"].as_str().unwrap().to_string(), Shape::fixed(&shape(w)).to_string()))
        .collect();
    if have == want { Ok(wrong) } else { Err(format!("weights {have:?}, Keras {want:?}")) }
}

/// What differs in the outputs, their masks and the weights that the layer changes.
fn computed(case: &Json, config: &LayerConfig, params: &[Param], inputs: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let training = case["training"] == true;
    let mut context = context(training);
    let mut last = None;
    for _ in 0..case["calls"].as_u64().unwrap() {
        last = Some(Alone::run(config, params, inputs, [training, false], &mut context).unwrap());
    }
    let Alone { outputs, updates, .. } = last.as_ref().unwrap();
    let expected = case["outputs"].as_array().unwrap();
    if outputs.len() != expected.len() {
        return vec![format!("{} outputs, Keras has {}", outputs.len(), expected.len())];
    }
    for (i, (output, expected)) in outputs.iter().zip(expected).enumerate() {
        wrong.extend(difference(&format!("output {i}"), &output.data, expected));
        match (&output.mask, &case["output_masks"][i]) {
            (None, Json::Null) => {}
            (Some(have), want) if !want.is_null() => {
                wrong.extend(difference(&format!("mask {i}"), have, want));
            }
            (have, want) => wrong.push(format!("mask {i}: {have:?}, Keras {want}")),
        }
    }
    let changing = params.iter().filter(|p| !p.trainable);
    for (param, expected) in changing.zip(case["updates"].as_array().unwrap()) {
        // Of several values for one weight the last counts.
        match updates.iter().rev().find(|(id, _)| *id == param.id) {
            Some((_, value)) => wrong.extend(difference(&param.path, value, expected)),
            None => wrong.push(format!("{} is not updated", param.path)),
        }
    }
    wrong
}

/// What differs in the gradients of a weighted sum of all outputs.
fn gradients(case: &Json, config: &LayerConfig, params: &[Param], inputs: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mode = [case["training"] == true, false];
    let alone = Alone::run(config, params, inputs, mode, &mut Context::training(0, 0)).unwrap();
    let factors: Vec<Vec<f32>> = case["factors"].as_array().unwrap().iter().map(numbers).collect();
    let [dx, dw] = alone.gradients(&factors).unwrap();
    let trained = params.iter().zip(dw).filter(|(param, _)| param.trainable);
    for ((param, found), expected) in trained.zip(case["weight_gradients"].as_array().unwrap()) {
        let found = Raw::from_f32(found, &param.value().shape()).unwrap();
        wrong.extend(difference("weight gradient", &found, expected));
    }
    if !case["input_gradient"].is_null() {
        let found = Raw::from_f32(dx[0].clone(), &inputs[0].data.shape()).unwrap();
        wrong.extend(difference("input gradient", &found, &case["input_gradient"]));
    }
    wrong
}

fn check_all(pick: impl Fn(&str) -> bool) {
    let cases: Json = serde_json::from_str(include_str!("data/recurrent.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if pick(name) {
            wrong.extend(check(case).iter().map(|message| format!("{name}: {message}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn numbers_masks_weights_and_gradients_are_those_of_keras() {
    check_all(|name| !name.contains("BatchNormalization"));
}

#[test]
fn batch_normalization_sees_one_step_at_a_time() {
    check_all(|name| name.contains("BatchNormalization"));
}

/// A layer with weights drawn from a fixed sequence, on the inputs given.
struct Held {
    config: LayerConfig,
    weights: Vec<Param>,
}

impl Held {
    fn new(class: &str, arguments: &[(&str, Arg)], input: &[usize]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|(n, a)| (Some(n.to_string()), a.clone())).collect();
        let config = config(class, &arguments);
        let weights = config.weights(&[spec(input, false)]);
        let made = weights.as_slice().iter().enumerate().map(|(i, w)| {
            let shape: Vec<usize> = w.shape.dims().iter().map(|d| d.fixed().unwrap()).collect();
            let values = wave(shape.iter().product(), 0.7 + i as f32);
            param(&weights, i, Raw::from_f32(values, &shape).unwrap())
        });
        let weights = made.collect();
        Held { config, weights }
    }

    fn call(&self, inputs: &[Value], training: bool, context: &mut Context) -> Result<Vec<Value>> {
        Ok(Alone::run(&self.config, &self.weights, inputs, [training, false], context)?.outputs)
    }

    fn predict(&self, inputs: &[Value]) -> Result<Vec<Value>> {
        self.call(inputs, false, &mut Context::inference())
    }

    /// While training, with this seed and step.
    fn train(&self, inputs: &[Value], [seed, step]: [u64; 2]) -> Vec<f32> {
        self.call(inputs, true, &mut Context::training(seed, step)).unwrap()[0].data.to_vec().unwrap()
    }
}

fn wave(n: usize, pace: f32) -> Vec<f32> {
    (0..n).map(|i| ((i as f32 + 1.0) * pace * 1.7).sin() * 0.6).collect()
}

fn sequence(values: &[f32], batch: usize, time: usize) -> Value {
    let features = values.len() / (batch * time);
    Value::new(Raw::from_f32(values.to_vec(), &[batch, time, features]).unwrap())
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
}

#[test]
fn a_padded_batch_gives_what_its_sequences_give_one_by_one() {
    const TIME: usize = 6;
    const FEATURES: usize = 3;
    let lengths = [6, 1, 4];
    let wrapped = |class: &str| Arg::Call(class.into(), vec![(Some("units".into()), Arg::Int(4))]);
    let layers: [(&str, Vec<(&str, Arg)>); 5] = [
        ("LSTM", vec![("units", Arg::Int(4))]),
        ("GRU", vec![("units", Arg::Int(4))]),
        ("GRU", vec![("units", Arg::Int(4)), ("go_backwards", Arg::Bool(true))]),
        ("SimpleRNN", vec![("units", Arg::Int(4))]),
        ("Bidirectional", vec![("layer", wrapped("LSTM"))]),
    ];
    for (class, arguments) in layers {
        let held = Held::new(class, &arguments, &[3, TIME, FEATURES]);
        let mut padded = wave(3 * TIME * FEATURES, 0.9);
        let mut single = Vec::new();
        for (row, length) in padded.chunks_mut(TIME * FEATURES).zip(lengths) {
            row[length * FEATURES..].fill(0.0);
            let alone = sequence(&row[..length * FEATURES], 1, length);
            single.extend(held.predict(&[alone]).unwrap()[0].data.to_vec().unwrap());
        }
        let masking = config("Masking", &[]);
        let masking = Held { config: masking, weights: Vec::new() };
        let masked = masking.predict(&[sequence(&padded, 3, TIME)]).unwrap();
        let batch = held.predict(&masked).unwrap()[0].data.to_vec().unwrap();
        assert!(close(&batch, &single), "{class}: {batch:?}, one by one {single:?}");
    }
}

#[test]
fn ids_out_of_range_are_errors() {
    let held = Held::new("Embedding", &[("input_dim", Arg::Int(5)), ("output_dim", Arg::Int(2))], &[1, 3]);
    for (ids, expected) in
        [([0, 5, 1], "the id 5"), ([4, -1, 2], "the id -1"), ([4, 0, i32::MAX], "the id 2147483647")]
    {
        let ids = Value::new(Raw::from_i32(ids.to_vec(), &[1, 3]).unwrap());
        let message = held.predict(&[ids]).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("from 0 to 4"), "{message}");
    }
}

#[test]
fn dropout_drops_the_same_at_every_step_and_only_while_training() {
    let x = sequence(&[1.0; 2 * 5 * 3], 2, 5);
    for class in ["LSTM", "GRU", "SimpleRNN"] {
        let units = ("units", Arg::Int(3));
        let plain = Held::new(class, std::slice::from_ref(&units), &[2, 5, 3]);
        let dropping = [units, ("dropout", Arg::Float(0.5)), ("recurrent_dropout", Arg::Float(0.5))];
        let held = Held::new(class, &dropping, &[2, 5, 3]);
        let x = std::slice::from_ref(&x);
        let expected = plain.predict(x).unwrap()[0].data.to_vec().unwrap();
        assert!(close(&held.predict(x).unwrap()[0].data.to_vec().unwrap(), &expected), "{class}");
        let first = held.train(x, [1, 0]);
        assert!(!close(&first, &expected), "{class}");
        assert!(close(&held.train(x, [1, 0]), &first), "{class}");
        assert!(!close(&held.train(x, [1, 1]), &first), "{class}");
    }
    // With nothing but the input, an output of 0 everywhere or nowhere shows one draw for all steps.
    let arguments = [
        ("units", Arg::Int(1)),
        ("activation", Arg::Word("linear".into())),
        ("dropout", Arg::Float(0.5)),
        ("return_sequences", Arg::Bool(true)),
    ];
    let mut held = Held::new("SimpleRNN", &arguments, &[8, 5, 1]);
    held.weights[1].set_value(Raw::from_f32(vec![0.0], &[1, 1]).unwrap()).unwrap();
    held.weights[2].set_value(Raw::from_f32(vec![0.0], &[1]).unwrap()).unwrap();
    let rows = held.train(&[sequence(&[1.0; 40], 8, 5)], [3, 0]);
    assert!(rows.chunks(5).all(|row| row.iter().all(|v| *v == row[0])), "{rows:?}");
    assert!(rows.contains(&0.0) && rows.iter().any(|v| *v != 0.0), "{rows:?}");
}

#[test]
fn a_seed_makes_dropout_the_same_in_every_run() {
    let x = sequence(&wave(30, 0.3), 2, 5);
    let arguments = [
        ("units", Arg::Int(3)),
        ("dropout", Arg::Float(0.5)),
        ("recurrent_dropout", Arg::Float(0.5)),
        ("seed", Arg::Int(4)),
    ];
    let held = Held::new("LSTM", &arguments, &[2, 5, 3]);
    let x = std::slice::from_ref(&x);
    assert_eq!(held.train(x, [1, 2]), held.train(x, [2, 2]));
}

#[test]
fn what_the_rules_could_not_see_is_an_error_in_words() {
    let held = Held::new("GRU", &[("units", Arg::Int(3)), ("stateful", Arg::Bool(true))], &[2, 5, 3]);
    let mut context = Context::inference();
    let fails = |inputs: &[Value], context: &mut Context, expected: &str| {
        let message = held.call(inputs, false, context).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    fails(
        &[sequence(&[1.0; 20], 2, 5)],
        &mut context,
        "weight `gru_cell/kernel` has the shape [3, 9], and (2, 9) is needed here",
    );
    fails(&[Value::new(Raw::from_f32(vec![], &[2, 0, 3]).unwrap())], &mut context, "no steps");
    let x = sequence(&wave(30, 0.3), 2, 5);
    let mask = Raw::from_bool(vec![true; 8], &[2, 4]).unwrap();
    fails(
        &[x.clone().with_mask(Some(mask))],
        &mut context,
        "does not fit a sequence of (batch, time) (2, 5)",
    );
    let mut state = Value::new(Raw::from_f32(vec![0.0; 8], &[2, 4]).unwrap());
    state.role = Role::InitialState;
    fails(
        &[x.clone(), state],
        &mut context,
        "an initial state must be (batch, units), here (2, 3); found (2, 4)",
    );
    held.call(&[x], false, &mut context).unwrap();
    fails(&[sequence(&wave(45, 0.3), 3, 5)], &mut context, "the kept state has shape [2, 3]");
}
