//! Functions of TensorFlow that are functions of `keras.ops` under other names, but no words of `model!`.

use serde_json::{Map, Value, json};

use super::arguments::{Arguments, array_of};
use crate::graph::{Argument, Call, Layer, items};
use crate::shown;

/// A function of `keras.ops` with the arguments beside those of its calls.
#[derive(PartialEq)]
struct Function {
    class: &'static str,
    module: &'static str,
    config: Map<String, Value>,
}

type Turned = Result<Option<(Function, Vec<Argument>)>, String>;

/// Makes a layer the function of `keras.ops` that it computes, if it is one; tells why not, if it is one with arguments that are
/// none there.
pub(super) fn turn(layer: &mut Layer) -> Result<(), String> {
    let name = layer.config.get("function").and_then(Value::as_str).map(str::to_string);
    let Some(name) = name else { return Ok(()) };
    let turned = layer.calls.iter().map(|call| of(&name, call)).collect::<Result<Vec<_>, String>>();
    let turned = turned.map_err(|error| format!("`tf.{}`: {error}", shown(&name)))?;
    let Some(turned) = turned.into_iter().collect::<Option<Vec<_>>>() else { return Ok(()) };
    let mut functions = turned.iter().map(|(function, _)| function);
    let Some(first) = functions.next() else { return Ok(()) };
    if functions.any(|other| other != first) {
        return Err(format!("`tf.{}`: it is applied several times with other numbers", shown(&name)));
    }
    layer.class = first.class.into();
    layer.module = first.module.into();
    layer.config = first.config.clone();
    layer.config.insert("name".into(), json!(layer.name));
    layer.calls = turned.into_iter().map(|(_, args)| Call { args, kwargs: Vec::new() }).collect();
    Ok(())
}

const NUMPY: &str = "keras.src.ops.numpy";
const NN: &str = "keras.src.ops.nn";
const MATH: &str = "keras.src.ops.math";
const IMAGE: &str = "keras.src.ops.image";
/// What Keras 3 does not have.
const TENSORFLOW: &str = "tensorflow.ops";
const LINALG: &str = "keras.src.ops.linalg";

fn function<const N: usize>(
    (class, module): (&'static str, &'static str),
    config: [(&str, Value); N],
    args: Vec<Argument>,
) -> Turned {
    let config = config.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    Ok(Some((Function { class, module, config }, args.into_iter().map(as_array).collect())))
}

/// An array of numbers as Keras 3 writes it; anything else as it is.
fn as_array(arg: Argument) -> Argument {
    match &arg {
        Argument::Value(Value::Array(list)) if !list.is_empty() => {
            match array_of(&Value::Array(list.clone())) {
                Ok((_, _, whole)) => {
                    let dtype = if whole { "int32" } else { "float32" };
                    let config = json!({ "value": list, "dtype": dtype });
                    Argument::Value(json!({ "class_name": "__numpy__", "config": config }))
                }
                Err(_) => arg,
            }
        }
        _ => arg,
    }
}

fn of(name: &str, call: &Call) -> Turned {
    let short = name.rsplit('.').next().unwrap_or(name);
    let first = call.args.first();
    let x = |args: &Arguments<'_>| -> Result<Argument, String> {
        let names =
            ["x", "params", "input", "tensor", "value", "values", "logits", "images", "image", "tensors"];
        Ok(args.need(&names)?.clone())
    };
    let args = Arguments::of(call, &["x", "y"])?;
    let value = |names: &[&str], default: Value| -> Result<Value, String> {
        Ok(args.value(names)?.cloned().unwrap_or(default))
    };
    if let Some(named) = of_one(short) {
        return function(named, [], vec![x(&args)?]);
    }
    if let Some(named) = of_two(short) {
        let (a, b) = both(call)?;
        return function(named, [], vec![a, b]);
    }
    if let Some((pooling, axes)) = pooling(short) {
        return pooled(pooling, axes, &args);
    }
    match short {
        "gather" => {
            let places = args.need(&["indices", "y"])?.clone();
            let shared = value(&["batch_dims"], json!(0))?;
            if shared.as_i64() != Some(0) {
                let config = [("axis", value(&["axis"], Value::Null)?), ("batch_dims", shared)];
                return function(("tf.gather", TENSORFLOW), config, vec![x(&args)?, places]);
            }
            function(("Take", NUMPY), [("axis", value(&["axis"], json!(0))?)], vec![x(&args)?, places])
        }
        "boolean_mask" => {
            let mask = args.value(&["mask"])?.and_then(items).ok_or("its mask is not known")?;
            let kept = mask.iter().enumerate().filter(|(_, kept)| kept.as_bool() == Some(true));
            let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
            let axis = value(&["axis"], json!(0))?;
            let x = first.cloned().ok_or("it takes nothing")?;
            function(("Take", NUMPY), [("axis", axis)], vec![x, Argument::Value(json!(kept))])
        }
        "pad" => {
            let mode = value(&["mode"], json!("CONSTANT"))?;
            let mode = mode.as_str().unwrap_or_default().to_lowercase();
            let widths = value(&["paddings", "pad_width"], Value::Null)?;
            let mut given = vec![x(&args)?];
            let by = value(&["constant_values"], json!(0))?;
            if mode == "constant" && by.as_f64() != Some(0.0) {
                given.push(Argument::Value(by));
            }
            function(("Pad", NUMPY), [("pad_width", widths), ("mode", json!(mode))], given)
        }
        "top_k" => {
            let k = value(&["k"], json!(1))?;
            function(("TopK", MATH), [("k", k), ("sorted", json!(true))], vec![x(&args)?])
        }
        "unstack" => {
            let (num, axis) = (value(&["num"], Value::Null)?, value(&["axis"], json!(0))?);
            function(("Unstack", "keras.src.ops.core"), [("num", num), ("axis", axis)], vec![x(&args)?])
        }
        "broadcast_to" => {
            let shape = value(&["shape"], Value::Null)?;
            if items(&shape).is_none() {
                return Err("its shape is not known".into());
            }
            function(("tf.broadcast_to", TENSORFLOW), [("shape", shape)], vec![x(&args)?])
        }
        "tensordot" => {
            let (a, b) = (args.need(&["x", "a"])?.clone(), args.need(&["y", "b"])?.clone());
            function(("Tensordot", NUMPY), [("axes", value(&["axes"], json!(2))?)], vec![a, b])
        }
        "sort" | "argsort" => {
            let down = args.value(&["direction"])?.and_then(Value::as_str) == Some("DESCENDING");
            if !down {
                args.without("direction", &[json!("ASCENDING")])?;
            }
            let named = match (short, down) {
                ("sort", false) => ("Sort", NUMPY),
                ("sort", true) => ("tf.sort", TENSORFLOW),
                (_, false) => ("Argsort", NUMPY),
                (_, true) => ("tf.argsort", TENSORFLOW),
            };
            function(named, [("axis", value(&["axis"], json!(-1))?)], vec![x(&args)?])
        }
        "cumprod" => {
            args.without("exclusive", &[])?;
            args.without("reverse", &[])?;
            function(("Cumprod", NUMPY), [("axis", value(&["axis"], json!(0))?)], vec![x(&args)?])
        }
        "count_nonzero" => {
            args.without("keepdims", &[])?;
            let axis = value(&["axis"], Value::Null)?;
            function(("CountNonzero", NUMPY), [("axis", axis)], vec![x(&args)?])
        }
        "repeat" if args.value(&["repeats"])?.is_some_and(|times| items(times).is_some()) => {
            let times = value(&["repeats"], Value::Null)?;
            let axis = value(&["axis"], Value::Null)?;
            function(("Repeat", NUMPY), [("repeats", times), ("axis", axis)], vec![x(&args)?])
        }
        "depth_to_space" | "space_to_depth" => {
            let named = if short == "depth_to_space" { ("DepthToSpace", NN) } else { ("SpaceToDepth", NN) };
            args.without("data_format", &[json!("NHWC")])?;
            let size = value(&["block_size"], Value::Null)?;
            function(named, [("block_size", size), ("data_format", json!("channels_last"))], vec![x(&args)?])
        }
        "conv2d" | "conv1d" | "convolution" => convolved(&args),
        "band_part" => {
            let side = |name: &str| -> Result<i64, String> {
                args.value(&[name])?.and_then(Value::as_i64).ok_or_else(|| format!("`{name}` is not known"))
            };
            let input = vec![x(&args)?];
            match (side("num_lower")?, side("num_upper")?) {
                (lower, upper) if lower < 0 => function(("Tril", NUMPY), [("k", json!(upper))], input),
                (lower, upper) if upper < 0 => function(("Triu", NUMPY), [("k", json!(-lower))], input),
                _ => Err("both sides are cut off, which is not read".into()),
            }
        }
        "diag_part" | "trace" => {
            let named = if short == "trace" { ("Trace", NUMPY) } else { ("Diagonal", NUMPY) };
            args.without("k", &[json!(0)])?;
            let config = [("offset", json!(0)), ("axis1", json!(-2)), ("axis2", json!(-1))];
            function(named, config, vec![x(&args)?])
        }
        "reciprocal_no_nan" => {
            function(("DivideNoNan", NUMPY), [], vec![Argument::Value(json!(1.0)), x(&args)?])
        }
        "sigmoid_cross_entropy_with_logits" => {
            let (labels, logits) =
                (args.need(&["labels", "x"])?.clone(), args.need(&["logits", "y"])?.clone());
            function(("BinaryCrossentropy", NN), [("from_logits", json!(true))], vec![labels, logits])
        }
        "binary_crossentropy" => {
            let (target, output) =
                (args.need(&["target", "x"])?.clone(), args.need(&["output", "y"])?.clone());
            let logits = args.flag(&["from_logits"])?;
            function(("BinaryCrossentropy", NN), [("from_logits", json!(logits))], vec![target, output])
        }
        "softmax_cross_entropy_with_logits" | "softmax_cross_entropy_with_logits_v2" => {
            let (labels, logits) =
                (args.need(&["labels", "x"])?.clone(), args.need(&["logits", "y"])?.clone());
            let config = [("from_logits", json!(true)), ("axis", value(&["axis"], json!(-1))?)];
            function(("CategoricalCrossentropy", NN), config, vec![labels, logits])
        }
        "rgb_to_grayscale" | "rgb_to_hsv" | "hsv_to_rgb" => {
            let class = match short {
                "rgb_to_grayscale" => "RGBToGrayscale",
                "rgb_to_hsv" => "RGBToHSV",
                _ => "HSVToRGB",
            };
            function((class, IMAGE), [("data_format", json!("channels_last"))], vec![x(&args)?])
        }
        "reduce_any" | "reduce_all" => {
            let named = if short == "reduce_any" { ("Any", NUMPY) } else { ("All", NUMPY) };
            let axis = value(&["axis"], Value::Null)?;
            let keep = value(&["keepdims"], json!(false))?;
            function(named, [("axis", axis), ("keepdims", keep)], vec![x(&args)?])
        }
        "einsum" => Err("a file of Keras 2 does not say its tensors".into()),
        "dropout" if args.value(&["rate"])?.and_then(Value::as_f64) != Some(0.0) => {
            Err("it drops numbers in every prediction, too".into())
        }
        _ => Ok(None),
    }
}

/// The two operands of a call: the first by position, the second by any of its names.
fn both(call: &Call) -> Result<(Argument, Argument), String> {
    let keyword = |names: &[&str]| {
        call.kwargs.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, arg)| arg)
    };
    let first = call.args.first().or_else(|| keyword(&["x", "a"]));
    let second = call.args.get(1).or_else(|| keyword(&["b", "y"])).or_else(|| keyword(&["x"]));
    match (first, second) {
        (Some(a), Some(b)) => Ok((a.clone(), b.clone())),
        _ => Err("it does not take two tensors".into()),
    }
}

/// Functions of one tensor.
fn of_one(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "acosh" => ("Arccosh", NUMPY),
        "asinh" => ("Arcsinh", NUMPY),
        "atanh" => ("Arctanh", NUMPY),
        "is_nan" => ("Isnan", NUMPY),
        "is_inf" => ("Isinf", NUMPY),
        "is_finite" => ("Isfinite", NUMPY),
        "erfc" => ("Erfc", MATH),
        "erfinv" => ("Erfinv", MATH),
        "det" => ("Det", LINALG),
        "inv" => ("Inv", LINALG),
        "cholesky" => ("Cholesky", LINALG),
        _ => return None,
    })
}

/// Functions of two tensors.
fn of_two(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "atan2" => ("Arctan2", NUMPY),
        "divide_no_nan" | "div_no_nan" => ("DivideNoNan", NUMPY),
        "cross" => ("Cross", NUMPY),
        "logical_xor" => ("LogicalXor", NUMPY),
        _ => return None,
    })
}

/// The class of a pooling, and how many axes it works along where its name says so.
fn pooling(name: &str) -> Option<(&'static str, Option<usize>)> {
    let (class, rest) = match name.strip_prefix("max_pool") {
        Some(rest) => ("MaxPool", rest),
        None => ("AveragePool", name.strip_prefix("avg_pool")?),
    };
    Some((
        class,
        match rest {
            "" | "_v2" => None,
            "1d" => Some(1),
            "2d" => Some(2),
            "3d" => Some(3),
            _ => return None,
        },
    ))
}

/// The lengths along the inner axes, of a list that may have those of the batch and of the channels about them.
fn inner(value: Option<&Value>, axes: Option<usize>, name: &str) -> Result<Value, String> {
    let Some(value) = value else { return Err(format!("`{name}` is missing")) };
    let Some(list) = items(value) else { return Ok(value.clone()) };
    let outer = |value: &Value| value.as_u64() == Some(1);
    match list.as_slice() {
        [one] => Ok(one.clone()),
        [first, inner @ .., last] if axes.map_or(list.len() > 3, |axes| list.len() == axes + 2) => {
            if outer(first) && outer(last) {
                Ok(json!(inner))
            } else {
                Err(format!("`{name}` reaches over samples or channels"))
            }
        }
        _ => Ok(value.clone()),
    }
}

/// `padding` and `data_format` as Keras says them.
fn layout(args: &Arguments<'_>) -> Result<[(&'static str, Value); 2], String> {
    let padding = args.value(&["padding"])?.and_then(Value::as_str).unwrap_or_default().to_lowercase();
    if !["same", "valid"].contains(&padding.as_str()) {
        return Err("its padding is not read".into());
    }
    args.without("data_format", &["NWC", "NHWC", "NDHWC"].map(|format| json!(format)))?;
    Ok([("padding", json!(padding)), ("data_format", json!("channels_last"))])
}

fn pooled(class: &'static str, axes: Option<usize>, args: &Arguments<'_>) -> Turned {
    let x = args.need(&["x", "input", "value"])?.clone();
    let size = inner(args.value(&["ksize", "pool_size"])?, axes, "ksize")?;
    let strides = inner(args.value(&["strides"])?, axes, "strides")?;
    let [padding, format] = layout(args)?;
    function((class, NN), [("pool_size", size), ("strides", strides), padding, format], vec![x])
}

/// A convolution with a kernel that stands in the file.
fn convolved(args: &Arguments<'_>) -> Turned {
    let x = args.need(&["x", "input"])?.clone();
    let kernel = args.need(&["filters", "filter", "y"])?.clone();
    let one = json!(1);
    let strides = inner(Some(args.value(&["strides", "stride"])?.unwrap_or(&one)), None, "strides")?;
    let dilation = args.value(&["dilations", "dilation_rate"])?.unwrap_or(&one);
    let dilation = inner(Some(dilation), None, "dilations")?;
    let [padding, format] = layout(args)?;
    let config = [("strides", strides), ("dilation_rate", dilation), padding, format];
    function(("Conv", NN), config, vec![x, kernel])
}
