//! Functions of `keras.ops` in functional models of Keras 3.

use keras_shape::{Arg, Op};
use serde_json::Value;

use super::super::{Argument, Call, Layer, TensorRef};
use super::arguments::{constant, index};
use super::functions::unspoken;
use super::{Arguments, Read, binary, cast, concatenated, layer as of_layer, node, reshaped};
use crate::config::plain;
use crate::shown;

/// What a call of an operation of Keras 3 computes.
pub fn read(layer: &Layer, call: &Call) -> Read {
    let one = || Arguments::of(call, &["x"])?.tensor(&["x"]);
    let config = |key: &str| layer.config.get(key).filter(|value| !value.is_null());
    match layer.class.as_str() {
        "Concatenate" => {
            let args = Arguments::of(call, &["xs"])?;
            concatenated(args.tensors(&["xs"])?, config("axis").cloned())
        }
        "Reshape" => reshaped(one()?, config("newshape")),
        "Softmax" => {
            let axis = config("axis").cloned().unwrap_or(Value::from(-1));
            Ok((of_layer("Softmax", [("axis", axis)]), vec![one()?]))
        }
        "ConvertToTensor" => match config("dtype").and_then(Value::as_str) {
            Some(dtype) => cast(one()?, wide(dtype)),
            None => Ok((of_layer("Identity", []), vec![one()?])),
        },
        "Cast" => cast(one()?, wide(config("dtype").and_then(Value::as_str).unwrap_or_default())),
        // No number is below itself, and truth values are what comparisons give.
        "ZerosLike" if config("dtype").and_then(Value::as_str) == Some("bool") => {
            let x = one()?;
            node("less", Vec::new(), vec![x, x])
        }
        "GetItem" => {
            let args = Arguments::of(call, &["x", "key"])?;
            let key = args.value(&["key"])?.ok_or("its index is missing")?;
            node("get_item", vec![("key".into(), index(key)?)], vec![args.tensor(&["x"])?])
        }
        _ => function(layer, call),
    }
}

/// The type in which numbers of this type are held here. Those of 16 bits are rounded as all that the layer gives is: its `dtype`
/// is the [precision](crate::precision) of the layer. Keras writes such a cast for the mask of a layer of a mixed policy.
fn wide(dtype: &str) -> &str {
    if matches!(dtype, "float16" | "bfloat16") { "float32" } else { dtype }
}

/// A function whose arguments are those of `ops`.
fn function(layer: &Layer, call: &Call) -> Read {
    let class = layer.class.as_str();
    let product = class == "Dot" && call.args.iter().any(|arg| matches!(arg, Argument::Value(_)));
    let function = if product { Some("matmul") } else { Op::function_of(class) };
    let function = function.ok_or_else(|| unspoken(class))?;
    let Some(signature) = Op::signature(function) else { return Err(unspoken(class).into()) };
    // What the constructor has is none of the call's.
    let called = signature.arguments.iter().copied().filter(|name| !layer.config.contains_key(*name));
    let names: Vec<&str> = signature.tensors.iter().copied().chain(called).collect();
    let args = if signature.is_variadic() { Arguments::default() } else { Arguments::of(call, &names)? };
    if signature.tensors == ["x1", "x2"] {
        return binary(function, args.need(&["x1"])?, args.need(&["x2"])?);
    }
    let mut given = Vec::new();
    // Zeros and ones are the same numbers as truth values, which is what Keras makes masks of.
    let truth = |key: &str, value: &Value| {
        matches!(function, "ones_like" | "zeros_like") && key == "dtype" && value.as_str() == Some("bool")
    };
    // Nothing is filled where nothing is padded.
    let unfilled = layer.config.get("pad_to_aspect_ratio").and_then(Value::as_bool) == Some(false);
    let unread = |key: &str, value: &Value| truth(key, value) || unfilled && key.starts_with("fill_");
    for (key, value) in layer.config.iter().filter(|(key, value)| !unread(key, value)) {
        argument(key, value, &signature.others(), &mut given)?;
    }
    for name in signature.arguments {
        args.put(&[name], name, &mut given)?;
    }
    let found = match signature.is_variadic() {
        true => variadic(call)?,
        false => tensors(&args, signature.tensors)?,
    };
    for name in signature.tensors.iter().skip(1) {
        // Numbers of `where`.
        if let Some(Argument::Value(value)) = args.get(&[name]) {
            let number = constant(value)?.number().ok_or_else(|| format!("`{name}` is an array"))?;
            given.push(((*name).into(), number));
        }
    }
    node(function, given, found)
}

/// An argument of the constructor.
fn argument(key: &str, value: &Value, known: &[&str], given: &mut Vec<(String, Arg)>) -> Result<(), String> {
    let says_nothing = value.is_null()
        || value.as_bool() == Some(false)
        || matches!(
            (key, value.as_str()),
            ("name", _) | ("dtype", Some("float32")) | ("mode", Some("constant"))
        )
        || key == "decimals" && value.as_i64() == Some(0);
    if known.contains(&key) {
        if !value.is_null() {
            let arg = plain(value, 0).ok_or_else(|| format!("`{key}` cannot be read"))?;
            given.push((key.into(), arg));
        }
        return Ok(());
    }
    if says_nothing { Ok(()) } else { Err(format!("its argument `{}` is none here", shown(key))) }
}

/// All tensors of a call, one after another.
fn variadic(call: &Call) -> Result<Vec<TensorRef>, String> {
    let tensor = |arg: &Argument| match arg {
        Argument::Tensor(tensor) => Ok(*tensor),
        _ => Err("a constant stands among its tensors".to_string()),
    };
    if !call.kwargs.is_empty() {
        return Err("it has arguments by name".into());
    }
    call.args.iter().map(tensor).collect()
}

fn tensors(args: &Arguments<'_>, names: &[&str]) -> Result<Vec<TensorRef>, String> {
    if names == ["xs"] {
        return args.tensors(names);
    }
    let mut all = Vec::new();
    for name in names {
        match args.need(&[name])? {
            Argument::Tensor(tensor) => all.push(*tensor),
            // Numbers of `where`.
            Argument::Value(_) if names.len() == 3 && !all.is_empty() => {}
            _ => return Err(format!("`{name}` is no tensor")),
        }
    }
    Ok(all)
}
