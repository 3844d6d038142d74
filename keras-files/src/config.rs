//! The arguments of a layer, in the words of Keras 3 whichever Keras wrote them.

use keras_shape::{Arg, ArgType, Build, LayerConfig, Precision, check_name};
use serde_json::{Map, Value};

use crate::error::shown;
use crate::graph::{Graph, Layer, Operation, dtype, is_own, items, model_kind};
use crate::json;
use crate::keras1;
use crate::quantized::{Quantized, quantized};
use crate::writer::{Generation, Writer};

/// How deep arguments may be nested.
const MAX_DEPTH: usize = 24;

/// A layer of Keras, made of what a file says.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its arguments.
    pub config: LayerConfig,
    /// Its arguments as they would be written, those that are the defaults among them.
    pub args: Vec<(String, Arg)>,
    /// Whether its weights are trained.
    pub trainable: bool,
    /// What differs from what a reader may expect, in sentences.
    pub notes: Vec<String>,
    /// How its weights stand in the file.
    pub stored: Stored,
}

/// The numbers of 16 bits in which a layer of a file computes, if it does. What a wrapper says is what is given to the layer inside,
/// which casts it again, but for `TimeDistributed`, which goes past that.
pub fn precision(layer: &Layer) -> Option<Precision> {
    let own = policy(&layer.config);
    if own.is_some() || layer.class == "TimeDistributed" {
        return own;
    }
    // One layer inside another: a file may nest them as deeply as it likes.
    let inside =
        ["layer", "cell"].into_iter().find_map(|key| layer.config.get(key)?.get("config")?.as_object());
    inside.and_then(policy)
}

fn policy(config: &serde_json::Map<String, Value>) -> Option<Precision> {
    match dtype(config.get("dtype")?)?.as_str() {
        "bfloat16" => Some(Precision::Bfloat16),
        "float16" => Some(Precision::Float16),
        mixed => Precision::from_policy(mixed),
    }
}

/// How the weights of a layer stand in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The class as the file has it.
    pub class: String,
    /// Whether the channels come first.
    pub channels_first: bool,
    /// How they are quantized, if they are.
    pub quantized: Option<Quantized>,
}

/// Arguments that say nothing of what is computed, or that are said elsewhere.
const WITHOUT_MEANING: &[&str] = &[
    "name",
    "trainable",
    "dtype",
    "batch_input_shape",
    "batch_shape",
    "input_shape",
    "input_dtype",
    "input_length",
    "build_config",
    "compile_config",
    "quantization_config",
    "autocast",
    "sparse",
    "ragged",
    "rank",
    "weights",
    "implementation",
    "consume_less",
    "unroll",
    "use_cudnn",
    "fused",
    "adjustment",
    "virtual_batch_size",
    "num_constants",
    "query_shape",
    "key_shape",
    "value_shape",
    "flash_attention",
    "lora_rank",
    "lora_alpha",
    "seed_generator",
    // How TensorFlow draws.
    "rng_type",
    "force_generator",
    // How long the vocabulary is, which is there or in a file beside.
    "vocabulary_size",
];

/// Whether there is a layer of this class here, by any of its names that a writer may have.
pub fn is_layer(class: &str, writer: &Writer) -> bool {
    LayerConfig::default_of(keras1::class_of(class, writer)).is_some() || class == "Merge"
}

/// The layer that an operation is.
///
/// # Errors
/// It does not take its arguments, in a sentence.
pub(crate) fn operation_of(op: &Arg) -> Result<LayerConfig, String> {
    let mut config = LayerConfig::OPERATION;
    match config.set("op", op) {
        Some(Ok(_)) => Ok(config),
        Some(Err(error)) => Err(error.lines().next().unwrap_or_default().to_string()),
        None => Err("it cannot be read".into()),
    }
}

/// Makes a layer of Keras of what a file says of it.
///
/// # Errors
/// Every reason why it cannot be made, in sentences.
pub fn make(layer: &Layer, writer: &Writer) -> Result<Made, Vec<String>> {
    match &layer.operation {
        None => make_of(&layer.class, &layer.config, writer, 0),
        Some(Ok(Operation::Layer(class, config))) => make_of(class, config, writer, 0),
        Some(Ok(Operation::Node(op))) => {
            let config = operation_of(op).map_err(|error| vec![error])?;
            let args = vec![("op".to_string(), op.clone())];
            Ok(Made { config, args, trainable: true, notes: Vec::new(), stored: Stored::default() })
        }
        Some(Err(error)) => Err(vec![error.text.clone()]),
    }
}

/// The model inside `TimeDistributed`, if there is one.
///
/// # Errors
/// It cannot be read.
pub fn wrapped_model(layer: &Layer, writer: &Writer) -> crate::Result<Option<Graph>> {
    let Some(inner) = layer.config.get("layer").filter(|_| layer.class == "TimeDistributed") else {
        return Ok(None);
    };
    match inner.get("class_name").and_then(Value::as_str).and_then(model_kind) {
        Some(_) => Graph::read(inner, writer).map(Some),
        None => Ok(None),
    }
}

pub(crate) fn make_of(
    class: &str,
    given: &Map<String, Value>,
    writer: &Writer,
    depth: usize,
) -> Result<Made, Vec<String>> {
    if depth > MAX_DEPTH {
        return Err(vec!["its arguments are nested too deeply".into()]);
    }
    let mut given = given.clone();
    let mut notes = Vec::new();
    let stored = class.to_string();
    if class == "Embedding" && given.get("dropout").and_then(Value::as_f64).is_some_and(|rate| rate > 0.0) {
        notes.push("its `dropout` of whole words is none of Keras 3: training here drops none".into());
    }
    if keras1::stretches(class, writer) {
        notes.push(format!("`{class}` is none of Keras 3: training here does not stretch images by chance"));
    }
    // Keras 3 writes how many bins there are beside the boundaries that it has found in data.
    if given.get("bin_boundaries").is_some_and(|bounds| !bounds.is_null()) {
        given.remove("num_bins");
    }
    let class = keras1::renamed(class, &mut given, writer).map_err(|error| vec![error])?;
    let Some(default) = LayerConfig::default_of(&class) else {
        return Err(vec![format!("there is no layer `{}` here", shown(&class))]);
    };
    let channels_first = given.get("data_format").and_then(Value::as_str) == Some("channels_first");
    let trainable = given.get("trainable").and_then(Value::as_bool).unwrap_or(true);
    let quantized = quantized(&class, &given).transpose().map_err(|error| vec![error])?;
    if quantized.is_some() {
        given.remove("dtype");
    }
    notes.extend(quantized.as_ref().map(Quantized::note));
    let own = given.get("dtype").and_then(dtype);
    if let Some(error) = of_other_numbers(&given, own.as_deref()) {
        return Err(vec![error]);
    }
    notes.extend(own.as_deref().and_then(note_of_dtype));
    let mut made = Making {
        build: Build::new(default),
        args: Vec::new(),
        wrong: Vec::new(),
        notes,
        writer,
        depth,
        trainable,
    };
    for (key, value) in &given {
        made.set(key, value);
    }
    let Making { build, args, mut wrong, notes, .. } = made;
    if let Some(missing) = build.missing().filter(|missing| wrong.is_empty() || !given.contains_key(*missing))
    {
        wrong.push(format!("`{missing}` is missing"));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let (config, ..) = build.finish().map_err(|error| vec![error])?;
    Ok(Made { config, args, trainable, notes, stored: Stored { class: stored, channels_first, quantized } })
}

/// What to say of the numbers that a layer computes in, where they are others here.
fn note_of_dtype(policy: &str) -> Option<String> {
    match policy {
        "float32" | "int32" | "int64" | "mixed_bfloat16" | "mixed_float16" => None,
        half @ ("bfloat16" | "float16") => {
            Some(format!("computes in {half}, with weights that are kept in float32 here"))
        }
        other => Some(format!("computes in {} in Keras, and in float32 here", shown(other))),
    }
}

/// What is wrong where an activation that is a layer computes in other numbers than the layer whose output it is applied to,
/// of which this is the policy.
fn of_other_numbers(given: &Map<String, Value>, own: Option<&str>) -> Option<String> {
    let is_half = |policy: &str| policy.ends_with("float16");
    let inner = |key: &str| dtype(given.get(key)?.get("config")?.get("dtype")?);
    let found = ["activation", "recurrent_activation"].into_iter().find_map(|key| {
        let (policy, own) = (inner(key)?, own.unwrap_or("float32"));
        (policy != own && (is_half(&policy) || is_half(own))).then_some((policy, own))
    });
    found.map(|(policy, own)| {
        format!(
            "its activation computes in {} and the layer in {}: they are one here",
            shown(&policy),
            shown(own)
        )
    })
}

/// A layer whose arguments are being read.
struct Making<'a> {
    build: Build,
    args: Vec<(String, Arg)>,
    wrong: Vec<String>,
    notes: Vec<String>,
    writer: &'a Writer,
    depth: usize,
    /// Whether the layer is trained.
    trainable: bool,
}

impl Making<'_> {
    fn set(&mut self, key: &str, value: &Value) {
        let known = self.build.config.args().iter().any(|info| info.name == key);
        if !known && key == "lora_rank" && value.as_u64().is_some_and(|rank| rank > 0) {
            self.notes.push("its LoRA is added to the kernel, which trains as a whole here".into());
        }
        if !known && (WITHOUT_MEANING.contains(&key) || means_nothing(key, value)) {
            return;
        }
        if known && matches!(key, "weights" | "unroll" | "implementation" | "use_cudnn" | "flash_attention") {
            return;
        }
        let class = self.build.config.class();
        if !known {
            self.wrong.push(format!("`{class}` has no argument `{}` here", shown(key)));
            return;
        }
        if key == "interpolation" && class == "UpSampling2D" && self.writer.resizes_from_corners() {
            return self.old_interpolation(value);
        }
        let arg = match self.arg(key, value) {
            Ok(arg) => arg,
            Err(wrong) => return self.wrong.extend(wrong),
        };
        let error = match self.build.set(Some(key), &arg) {
            Ok(()) => return self.args.push((key.to_string(), arg)),
            Err(error) => error.lines().next().unwrap_or_default().to_string(),
        };
        // They say how weights begin, or what training does to them: the numbers of the file do not depend on them.
        if key.ends_with("_initializer") {
            self.notes.push(format!("`{key}` is not read, and the default stands for it: {error}"));
        } else {
            self.wrong.push(error);
        }
    }

    /// An interpolation until Keras 2.3.
    fn old_interpolation(&mut self, value: &Value) {
        let mut name = value.as_str().unwrap_or_default().to_string();
        if name == "bilinear" {
            self.notes.push(
                "`bilinear` is that of Keras until 2.3, which begins at the corner of a pixel; in Keras 3 it is by the middles"
                    .into(),
            );
            name = "bilinear_keras2".into();
        }
        let arg = Arg::Str(name);
        match self.build.set(Some("interpolation"), &arg) {
            Ok(()) => self.args.push(("interpolation".into(), arg)),
            Err(error) => self.wrong.push(error.lines().next().unwrap_or_default().to_string()),
        }
    }

    /// A value as an argument.
    fn arg(&mut self, key: &str, value: &Value) -> Result<Arg, Vec<String>> {
        if key == "cells" {
            let cells = items(value).ok_or_else(|| vec!["`cells` is no list".to_string()])?;
            return cells.iter().map(|cell| self.inner(cell)).collect::<Result<Vec<Arg>, _>>().map(Arg::List);
        }
        if key == "layer" || key == "backward_layer" || key == "cell" {
            return if value.is_null() { Ok(Arg::None) } else { self.inner(value) };
        }
        if key.ends_with("activation") {
            return self.activation(value);
        }
        // An axis that is a number stands in some files as the one of a list.
        if key == "axis"
            && self.build.config.args().iter().any(|info| info.name == key && info.expects == isize::EXPECTS)
            && let Some([one]) = items(value).map(Vec::as_slice)
        {
            return self.arg(key, one);
        }
        // Keras writes what it makes of one number, and does not take that itself.
        if self.build.config.class() == "RandomShear"
            && key.ends_with("_factor")
            && let Some([from, to]) = items(value).map(Vec::as_slice)
            && let (Some(from), Some(to)) = (from.as_f64(), to.as_f64())
            && from < 0.0
            && from == -to
        {
            return Ok(Arg::Float(to));
        }
        // Limits by name are a dictionary as it is.
        let arg = match value {
            Value::Object(limits) if key == "renorm_clipping" => {
                let limit =
                    |(name, value): (&String, &Value)| Some((Some(name.clone()), plain(value, self.depth)?));
                limits.iter().map(limit).collect::<Option<_>>().map(|limits| Arg::Call("dict".into(), limits))
            }
            value => plain(value, self.depth),
        };
        arg.ok_or_else(|| vec![format!("`{}` cannot be read", shown(key))])
    }

    /// An activation: a name, or an object around it.
    fn activation(&mut self, value: &Value) -> Result<Arg, Vec<String>> {
        let name = match value {
            Value::Null => return Ok(Arg::None),
            Value::String(name) => name.clone(),
            Value::Object(object) => {
                let class = object.get("class_name").and_then(Value::as_str).unwrap_or_default();
                match object.get("config") {
                    Some(Value::String(name)) if class == "function" => name.clone(),
                    _ if is_own(object.get("registered_name").and_then(Value::as_str)) => {
                        return Err(vec![format!("the activation `{}` is the author's own", shown(class))]);
                    }
                    _ => return self.inner(value),
                }
            }
            _ => return Err(vec!["the activation is no name".into()]),
        };
        // TensorFlow's own functions: `softmax_v2`.
        let short = name.rsplit('.').next().unwrap_or(&name);
        let short = short.strip_suffix("_v2").unwrap_or(short);
        if short == "hard_sigmoid" && self.writer.generation < Generation::Keras3 {
            self.notes.push(format!(
                "`hard_sigmoid` is that of {}, `clip(0.2 x + 0.5, 0, 1)`; in Keras 3 it is `relu6(x + 3) / 6`",
                if self.writer.generation == Generation::Keras1 { "Keras 1" } else { "Keras 2" }
            ));
            return Ok(Arg::Word("hard_sigmoid_keras2".into()));
        }
        Ok(Arg::Word(short.to_string()))
    }

    /// A layer inside a wrapper.
    fn inner(&mut self, value: &Value) -> Result<Arg, Vec<String>> {
        let class = value.get("class_name").and_then(Value::as_str).unwrap_or_default();
        let config = value.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
        if !is_layer(class, self.writer) {
            return Err(vec![format!("there is no layer `{}` here", shown(class))]);
        }
        let made = make_of(class, &config, self.writer, self.depth + 1)?;
        self.notes.extend(made.notes);
        if made.stored.quantized.is_some() {
            return Err(vec![format!(
                "the `{}` in it is quantized, and Keras computes there with the integers as they are, without their scales: save \
                 the model before it is quantized",
                shown(class)
            )]);
        }
        let mut args: Vec<(Option<String>, Arg)> =
            made.args.into_iter().map(|(name, arg)| (Some(name), arg)).collect();
        if let Some(name) = config.get("name").and_then(Value::as_str)
            && check_name(name).is_ok()
        {
            args.push((Some("name".into()), Arg::Str(name.into())));
        }
        // In a frozen wrapper all are frozen, until it is trained again.
        if self.trainable && !made.trainable {
            args.push((Some("trainable".into()), Arg::Bool(false)));
        }
        Ok(Arg::Call(made.config.class().to_string(), args))
    }
}

/// Whether an argument that a layer does not have here says nothing: what a layer of another generation has as well.
fn means_nothing(key: &str, value: &Value) -> bool {
    match key {
        "groups" | "virtual_batch_size" => value.is_null() || value.as_u64() == Some(1),
        "time_major" | "return_runtime" | "supports_masking" => {
            value.as_bool() != Some(true) || key == "supports_masking"
        }
        "mode" | "axis" => value.is_null() || value.as_i64() == Some(0),
        "dilation_rate" => items(value).is_some_and(|list| list.iter().all(|n| n.as_u64() == Some(1))),
        "data_format" => value.as_str() != Some("channels_first"),
        "keepdims" | "renorm" | "synchronized" | "zero_output_for_mask" | "use_gate" => {
            value.as_bool() != Some(true)
        }
        // Of strings there is one way to the places kept for the unknown.
        "oov_method" => value.as_str() == Some("floormod"),
        // The rotations of Keras 3.0 to 3.4 had the range of their pixels, and did not use it.
        "input_dim" | "value_range" => true,
        // How weights begin that a layer does not have: classes of Keras 2 hand on the arguments of their parents.
        _ if key.ends_with("_initializer") => true,
        "softmax_robust_masking" => value.as_bool() != Some(true),
        _ => value.is_null(),
    }
}

/// A value that is no layer, as an argument.
pub(crate) fn plain(value: &Value, depth: usize) -> Option<Arg> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        Value::Null => Arg::None,
        Value::Bool(b) => Arg::Bool(*b),
        Value::Number(n) => match n.as_i64() {
            Some(n) => Arg::Int(i128::from(n)),
            None => Arg::Float(n.as_f64()?),
        },
        Value::String(text) => match json::number(value) {
            Some(number) => Arg::Float(number),
            None => Arg::Str(text.clone()),
        },
        Value::Array(list) => {
            Arg::List(list.iter().map(|value| plain(value, depth + 1)).collect::<Option<Vec<Arg>>>()?)
        }
        Value::Object(object) => return object_arg(value, object, depth),
    })
}

/// An initializer, a regularizer, a constraint or a tuple.
fn object_arg(value: &Value, object: &Map<String, Value>, depth: usize) -> Option<Arg> {
    if let Some(list) = items(value) {
        return plain(&Value::Array(list.clone()), depth + 1);
    }
    let none = Map::new();
    let class = object.get("class_name").and_then(Value::as_str);
    let (class, config) = match class {
        Some("__numpy__" | "__tensor__") => return plain(object.get("config")?.get("value")?, depth + 1),
        Some(class) => match object.get("config") {
            Some(Value::String(text)) if class == "function" => return Some(Arg::Str(text.clone())),
            config => (class, config.and_then(Value::as_object).unwrap_or(&none)),
        },
        // NumPy's numbers in Keras 2.0 to 2.2: `{"type": "ndarray", "value": 0.3}`.
        None if object.contains_key("type") && object.contains_key("value") => {
            return plain(object.get("value")?, depth + 1);
        }
        // Keras 1: `{"name": "WeightRegularizer", "l1": 0, "l2": 0.1}`.
        None => {
            let name = object.get("name").and_then(Value::as_str)?;
            let class = keras1::object(name);
            let args = object.iter().filter(|(key, _)| *key != "name");
            let args: Option<Vec<(Option<String>, Arg)>> = args
                .map(|(key, value)| Some((Some(keras1::object_key(key)), plain(value, depth + 1)?)))
                .collect();
            return Some(Arg::Call(class.to_string(), args?));
        }
    };
    let args = config.iter().filter(|(key, _)| *key != "dtype");
    let args: Option<Vec<(Option<String>, Arg)>> =
        args.map(|(key, value)| Some((Some(key.clone()), plain(value, depth + 1)?))).collect();
    // NumPy's floats: 0.01 is 0.009999999776482582.
    Some(Arg::Call(class.rsplit('>').next().unwrap_or(class).to_string(), args?))
}
