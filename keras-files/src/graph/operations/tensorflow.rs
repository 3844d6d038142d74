//! Functions of TensorFlow in functional models of Keras 2: `TFOpLambda`, `SlicingOpLambda`.

mod more;

use keras_shape::{Arg, Unary};
use serde_json::{Value, json};

use super::super::{Argument, Call, Layer, TensorRef, items};
use super::arguments::{constant, index};
use super::{
    Arguments, Read, Steps, Unread, binary, call as function_call, cast, concatenated, layer as of_layer,
    node, reshaped,
};
use crate::shown;

/// What a call of a function of TensorFlow computes.
pub fn read(layer: &Layer, call: &Call, steps: &mut Steps<'_>) -> Read {
    let name = layer.config.get("function").and_then(Value::as_str);
    let name = name.ok_or("its function is not said")?;
    let slices = layer.class == "SlicingOpLambda" && !name.ends_with("boolean_mask");
    if slices || name.ends_with("__operators__.getitem") {
        let args = Arguments::of(call, &["tensor"])?;
        let spec = args.need(&["slice_spec", "key"])?;
        let Argument::Value(spec) = spec else { return Err("its index is a tensor".into()) };
        return node("get_item", vec![("key".into(), index(spec)?)], vec![args.tensor(&["tensor"])?]);
    }
    let short = name.rsplit('.').next().unwrap_or(name);
    function(short, call, steps).map_err(|error| error.of(&format!("`tf.{}`", shown(name))))
}

/// Functions of two tensors, by their names in TensorFlow.
pub fn two(name: &str) -> Option<&'static str> {
    Some(match name {
        "add" | "bias_add" => "add",
        "subtract" => "subtract",
        "multiply" => "multiply",
        "truediv" => "true_divide",
        "divide" => "divide",
        "floordiv" | "floor_div" => "floor_divide",
        "floormod" | "mod" => "mod",
        "pow" => "power",
        "maximum" => "maximum",
        "minimum" => "minimum",
        "equal" | "eq" => "equal",
        "not_equal" | "ne" => "not_equal",
        "greater" => "greater",
        "greater_equal" => "greater_equal",
        "less" => "less",
        "less_equal" => "less_equal",
        "logical_and" => "logical_and",
        "logical_or" => "logical_or",
        _ => return None,
    })
}

/// Functions of one tensor, by their names in TensorFlow.
pub fn single(name: &str) -> Option<&'static str> {
    Some(match name {
        "abs" => "absolute",
        "acos" => "arccos",
        "asin" => "arcsin",
        "atan" => "arctan",
        "rint" => "round",
        "swish" => "silu",
        "ceil" | "cos" | "cosh" | "erf" | "exp" | "expm1" | "floor" | "log" | "log1p" | "log_sigmoid"
        | "logical_not" | "negative" | "ones_like" | "reciprocal" | "relu" | "relu6" | "round" | "rsqrt"
        | "selu" | "sigmoid" | "sign" | "silu" | "sin" | "sinh" | "softplus" | "softsign" | "sqrt"
        | "square" | "stop_gradient" | "tan" | "tanh" | "zeros_like" => {
            return Unary::NAMES.iter().copied().find(|known| *known == name);
        }
        _ => return None,
    })
}

const X: [&str; 8] = ["x", "input", "features", "tensor", "logits", "values", "value", "image"];

fn function(name: &str, call: &Call, steps: &mut Steps<'_>) -> Read {
    if let Some(op) = two(name) {
        let args = Arguments::of(call, &["x", "y"])?;
        return binary(op, args.need(&["x", "a", "value"])?, args.need(&["y", "b", "bias"])?);
    }
    let args = Arguments::of(call, &["x"])?;
    if let Some(op) = single(name) {
        return node(op, Vec::new(), vec![args.tensor(&X)?]);
    }
    if let Some(by) = name.strip_prefix("reduce_") {
        let by = match by {
            "variance" => "var",
            "mean" | "sum" | "max" | "min" | "prod" | "std" | "logsumexp" => by,
            _ => return Err(Unread::unknown()),
        };
        let mut given = Vec::new();
        args.put(&["axis", "reduction_indices"], "axis", &mut given)?;
        args.put(&["keepdims", "keep_dims"], "keepdims", &mut given)?;
        return node(by, given, vec![args.tensor(&["x", "input_tensor"])?]);
    }
    match name {
        "matmul" => matmul(&args, steps),
        "where" => chosen(call),
        "l2_normalize" => normalized(&args, steps),
        "squared_difference" => {
            let (a, b) = (args.need(&["x"])?, args.need(&["y"])?);
            let (super::Operation::Node(op), tensors) = binary("subtract", a, b)? else {
                return Err(Unread::unknown());
            };
            let difference = steps.step(op, tensors);
            node("square", Vec::new(), vec![difference])
        }
        "split" => split(&args),
        _ => match more::read(name, &args, steps) {
            Some(read) => read,
            None => shaping(name, &args),
        },
    }
}

/// What a shape may be that a model computes with `tf.shape`.
const LENGTHS: &str = "`tf.reshape` takes a shape that begins with the number of samples, and of whose other lengths one at most is \
                       known to the data alone";

/// What moves numbers, and activations with arguments.
fn shaping(name: &str, args: &Arguments<'_>) -> Read {
    let mut given = Vec::new();
    let x = || args.tensor(&X);
    match name {
        "identity" => Ok((of_layer("Identity", []), vec![x()?])),
        "concat" => {
            let axis = args.value(&["axis"])?.cloned();
            concatenated(args.tensors(&["x", "values"])?, axis)
        }
        "reshape" => {
            let shape = args.value(&["shape"]);
            reshaped(x()?, shape.map_err(|_| "its shape is computed, and not known".to_string())?)
        }
        "shape" => Err(format!("lengths are no tensor here: {LENGTHS}").into()),
        "softmax" => {
            let axis = args.value(&["axis", "dim"])?.cloned().unwrap_or(Value::from(-1));
            Ok((of_layer("Softmax", [("axis", axis)]), vec![x()?]))
        }
        "cast" => cast(x()?, args.value(&["dtype"])?.and_then(Value::as_str).unwrap_or_default()),
        "resize" | "resize_v2" | "resize_images_v2" => resized(args),
        "stack" => {
            args.put(&["axis"], "axis", &mut given)?;
            node("stack", given, args.tensors(&["x", "values"])?)
        }
        "gelu" => {
            given.push(("approximate".into(), Arg::Bool(args.flag(&["approximate"])?)));
            node("gelu", given, vec![x()?])
        }
        "elu" => node("elu", given, vec![x()?]),
        "leaky_relu" => {
            args.put(&["alpha"], "negative_slope", &mut given)?;
            node("leaky_relu", given, vec![x()?])
        }
        "cumsum" => {
            args.without("exclusive", &[])?;
            args.without("reverse", &[])?;
            args.put(&["axis"], "axis", &mut given)?;
            node("cumsum", given, vec![x()?])
        }
        "norm" => {
            args.without("ord", &[json!("euclidean"), json!(2)])?;
            args.put(&["axis"], "axis", &mut given)?;
            args.put(&["keepdims", "keep_dims"], "keepdims", &mut given)?;
            node("norm", given, vec![x()?])
        }
        "one_hot" => {
            args.without("on_value", &[json!(1), json!(1.0)])?;
            args.without("off_value", &[json!(0), json!(0.0)])?;
            args.put(&["depth"], "num_classes", &mut given)?;
            args.put(&["axis"], "axis", &mut given)?;
            node("one_hot", given, vec![args.tensor(&["x", "indices"])?])
        }
        _ => {
            let (function, renamed) = renamed(name).ok_or_else(Unread::unknown)?;
            for (old, new) in renamed {
                args.put(&[old], new, &mut given)?;
            }
            node(function, given, vec![x()?])
        }
    }
}

/// Functions of which only names differ: that of Keras, and its arguments.
fn renamed(name: &str) -> Option<(&'static str, &'static [(&'static str, &'static str)])> {
    Some(match name {
        "argmax" => ("argmax", &[("axis", "axis"), ("dimension", "axis")]),
        "argmin" => ("argmin", &[("axis", "axis"), ("dimension", "axis")]),
        "clip_by_value" => ("clip", &[("clip_value_min", "x_min"), ("clip_value_max", "x_max")]),
        "expand_dims" => ("expand_dims", &[("axis", "axis"), ("dim", "axis")]),
        "log_softmax" => ("log_softmax", &[("axis", "axis")]),
        "repeat" => ("repeat", &[("repeats", "repeats"), ("axis", "axis")]),
        "reverse" => ("flip", &[("axis", "axis")]),
        "roll" => ("roll", &[("shift", "shift"), ("axis", "axis")]),
        "squeeze" => ("squeeze", &[("axis", "axis"), ("squeeze_dims", "axis")]),
        "tile" => ("tile", &[("multiples", "repeats")]),
        "transpose" => ("transpose", &[("perm", "axes")]),
        _ => return None,
    })
}

/// The product of matrices, of which some are turned.
fn matmul(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    for name in ["adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"] {
        args.without(name, &[])?;
    }
    let mut turned = |names: [&str; 2], flag: &str| -> Result<Argument, String> {
        let arg = args.need(&names)?;
        match (arg, args.flag(&[flag])?) {
            (arg, false) => Ok(arg.clone()),
            (Argument::Tensor(tensor), true) => Ok(Argument::Tensor(steps.transposed(*tensor))),
            _ => Err("a constant matrix is transposed".into()),
        }
    };
    let (a, b) = (turned(["x", "a"], "transpose_a")?, turned(["y", "b"], "transpose_b")?);
    binary("matmul", &a, &b)
}

fn chosen(call: &Call) -> Read {
    let args = Arguments::of(call, &["condition"])?;
    let mut tensors = vec![args.tensor(&["condition"])?];
    let mut given = Vec::new();
    for (name, to) in [("x", "x1"), ("y", "x2")] {
        match args.get(&[name]) {
            Some(Argument::Tensor(tensor)) => tensors.push(*tensor),
            Some(Argument::Value(value)) if !value.is_null() => {
                let number = constant(value)?.number().ok_or("an array stands in it")?;
                given.push((to.to_string(), number));
            }
            _ => return Err("it gives places, and no numbers".into()),
        }
    }
    node("where", given, tensors)
}

/// `x * rsqrt(max(sum(square(x)), epsilon))`.
fn normalized(args: &Arguments<'_>, steps: &mut Steps<'_>) -> Read {
    let x = args.tensor(&X)?;
    let mut axis = vec![("keepdims".to_string(), Arg::Bool(true))];
    args.put(&["axis", "dim"], "axis", &mut axis)?;
    let epsilon = args.value(&["epsilon"])?.and_then(Value::as_f64).unwrap_or(1e-12);
    let square = steps.step(function_call("square", []), vec![x]);
    let sum = Arg::Call("sum".into(), axis.into_iter().map(|(key, arg)| (Some(key), arg)).collect());
    let sum = steps.step(sum, vec![square]);
    let held = steps.step(function_call("maximum", [("x2", Arg::Float(epsilon))]), vec![sum]);
    let inverse = steps.step(function_call("rsqrt", []), vec![held]);
    node("multiply", Vec::new(), vec![x, inverse])
}

fn split(args: &Arguments<'_>) -> Read {
    let x = args.tensor(&X)?;
    let sizes = args.value(&["num_or_size_splits"])?.ok_or("`num_or_size_splits` is missing")?;
    let mut given = Vec::new();
    args.put(&["axis"], "axis", &mut given)?;
    let parts = match items(sizes) {
        None => Arg::Int(i128::from(sizes.as_u64().ok_or("`num_or_size_splits` is no number")?)),
        Some(list) => {
            let sizes: Option<Vec<u64>> = list.iter().map(Value::as_u64).collect();
            let sizes = sizes.ok_or("the sizes are not all known")?;
            let mut at = 0i128;
            let mut places = Vec::new();
            for size in sizes.iter().take(sizes.len().saturating_sub(1)) {
                at += i128::from(*size);
                places.push(Arg::Int(at));
            }
            Arg::List(places)
        }
    };
    given.push(("indices_or_sections".into(), parts));
    node("split", given, vec![x])
}

/// Whether images become larger or smaller by this method here as in TensorFlow.
pub(super) fn filter(method: &str) -> Result<(), String> {
    match method {
        "bilinear" | "nearest" | "lanczos3" | "lanczos5" => Ok(()),
        "bicubic" => Err("TensorFlow takes the weights of `bicubic` from a table of 1,024 places, which gives other numbers; \
                          `Resizing` computes them"
            .into()),
        other => Err(format!("the method `{}` is none here", shown(other))),
    }
}

/// `tf.image.resize`.
fn resized(args: &Arguments<'_>) -> Read {
    let x: TensorRef = args.tensor(&["x", "images"])?;
    let size = args.value(&["size"])?.and_then(items).ok_or("its size is not known")?;
    let [height, width] = size.as_slice() else { return Err("its size is no pair".into()) };
    args.without("preserve_aspect_ratio", &[])?;
    let method = args.value(&["method"])?.and_then(Value::as_str).unwrap_or("bilinear");
    filter(method)?;
    // Without it, these filters are not widened where an image becomes smaller, but those of Lanczos are cut otherwise.
    let antialias = args.flag(&["antialias"])?;
    let config = [
        ("height", height.clone()),
        ("width", width.clone()),
        ("interpolation", json!(method)),
        ("antialias", json!(antialias)),
    ];
    Ok((of_layer("Resizing", config), vec![x]))
}
