//! Functions of TensorFlow that are functions of `keras.ops` under other names, but no words of `model!`.
//!
//! Those that take tensors alone are two lists of names. The others have a reader each, by the last word of their name.

mod arrays;
mod networks;

use serde_json::{Map, Value, json};

use super::arguments::{Arguments, array_of};
use crate::graph::{Argument, Call, Layer};
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
    let given = Given { short, call, args: Arguments::of(call, &["x", "y"])? };
    if let Some(named) = of_one(short) {
        return function(named, [], vec![given.x()?]);
    }
    if let Some(named) = of_two(short) {
        let (a, b) = given.both()?;
        return function(named, [], vec![a, b]);
    }
    let mut readers = arrays::READERS.iter().chain(networks::READERS);
    readers.find(|(names, _)| names.contains(&short)).map_or(Ok(None), |(_, read)| read(&given))
}

/// Functions with these names, and what reads a call of one.
type Reader = (&'static [&'static str], fn(&Given<'_>) -> Turned);

/// A call of a function of TensorFlow.
struct Given<'a> {
    /// The last word of the function's name.
    short: &'a str,
    call: &'a Call,
    args: Arguments<'a>,
}

impl Given<'_> {
    /// The tensor that nearly all functions have first.
    fn x(&self) -> Result<Argument, String> {
        let names =
            ["x", "params", "input", "tensor", "value", "values", "logits", "images", "image", "tensors"];
        self.need(&names)
    }

    fn need(&self, names: &[&str]) -> Result<Argument, String> {
        Ok(self.args.need(names)?.clone())
    }

    fn value(&self, name: &str, default: Value) -> Result<Value, String> {
        Ok(self.args.value(&[name])?.cloned().unwrap_or(default))
    }

    /// The two operands of a call: the first by position, the second by any of its names.
    fn both(&self) -> Result<(Argument, Argument), String> {
        let call = self.call;
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
