//! `TensorFlowOpLayer`: an operation of TensorFlow's own graph, as Keras 2.2 to 2.3 of TensorFlow 2.0 to 2.3 wrote it.

use keras_shape::Arg;
use serde_json::{Map, Value, json};

use super::super::{Argument, Call, Layer, items};
use super::{Read, Steps, Unread, binary, cast, concatenated, layer as of_layer, node, reshaped, tensorflow};
use crate::config::plain;
use crate::shown;

/// What a call of such a layer computes.
pub fn read(layer: &Layer, call: &Call, steps: &mut Steps<'_>) -> Read {
    let def = layer.config.get("node_def").filter(|def| def.is_object());
    let def = def.ok_or("its graph is not written as JSON")?;
    let name = def.get("op").and_then(Value::as_str).ok_or("its operation is not said")?;
    let none = Map::new();
    let attributes = def.get("attr").and_then(Value::as_object).unwrap_or(&none);
    let constants = layer.config.get("constants").and_then(Value::as_object).unwrap_or(&none);
    let mut tensors = call.args.iter().flat_map(Argument::tensors);
    let count = def.get("input").and_then(Value::as_array).map_or(0, Vec::len);
    let mut inputs = Vec::new();
    // Constants have the numbers of their places, and tensors fill the others.
    for at in 0..count.min(64) {
        inputs.push(match constants.get(&at.to_string()) {
            Some(value) => Argument::Value(value.clone()),
            None => Argument::Tensor(tensors.next().ok_or("a tensor is missing")?),
        });
    }
    operation(name, &Node { inputs, attributes }, steps)
        .map_err(|error| error.of(&format!("`{}` of TensorFlow", shown(name))))
}

struct Node<'a> {
    inputs: Vec<Argument>,
    attributes: &'a Map<String, Value>,
}

impl Node<'_> {
    fn input(&self, at: usize) -> Result<&Argument, String> {
        self.inputs.get(at).ok_or_else(|| "an input is missing".into())
    }

    fn tensor(&self, at: usize) -> Result<super::TensorRef, String> {
        match self.input(at)? {
            Argument::Tensor(tensor) => Ok(*tensor),
            _ => Err("a constant stands in the place of a tensor".into()),
        }
    }

    fn value(&self, at: usize) -> Result<&Value, String> {
        match self.input(at)? {
            Argument::Value(value) => Ok(value),
            _ => Err("a tensor stands in the place of a constant".into()),
        }
    }

    fn arg(&self, at: usize) -> Result<Arg, String> {
        plain(self.value(at)?, 0).ok_or_else(|| "a constant cannot be read".into())
    }

    fn flag(&self, name: &str) -> bool {
        self.attributes.get(name).and_then(|value| value.get("b")).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A whole number, which JSON has as text.
    fn number(&self, name: &str) -> i64 {
        self.attributes.get(name).and_then(|value| value.get("i")).and_then(whole).unwrap_or(0)
    }
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// The name of a function in Python of an operation.
fn python(name: &str) -> Option<&'static str> {
    Some(match name {
        "Add" | "AddV2" | "BiasAdd" => "add",
        "Sub" => "subtract",
        "Mul" => "multiply",
        "RealDiv" | "Div" => "truediv",
        "FloorDiv" => "floordiv",
        "FloorMod" => "floormod",
        "Pow" => "pow",
        "Maximum" => "maximum",
        "Minimum" => "minimum",
        "Equal" => "equal",
        "NotEqual" => "not_equal",
        "Greater" => "greater",
        "GreaterEqual" => "greater_equal",
        "Less" => "less",
        "LessEqual" => "less_equal",
        "LogicalAnd" => "logical_and",
        "LogicalOr" => "logical_or",
        "Abs" => "abs",
        "Ceil" => "ceil",
        "Cos" => "cos",
        "Erf" => "erf",
        "Exp" => "exp",
        "Expm1" => "expm1",
        "Floor" => "floor",
        "Log" => "log",
        "Log1p" => "log1p",
        "LogicalNot" => "logical_not",
        "Neg" => "negative",
        "OnesLike" => "ones_like",
        "Reciprocal" => "reciprocal",
        "Relu" => "relu",
        "Relu6" => "relu6",
        "Round" => "round",
        "Rsqrt" => "rsqrt",
        "Selu" => "selu",
        "Sigmoid" => "sigmoid",
        "Sign" => "sign",
        "Sin" => "sin",
        "Softplus" => "softplus",
        "Softsign" => "softsign",
        "Sqrt" => "sqrt",
        "Square" => "square",
        "StopGradient" => "stop_gradient",
        "Tan" => "tan",
        "Tanh" => "tanh",
        "ZerosLike" => "zeros_like",
        _ => return None,
    })
}

fn operation(name: &str, of: &Node<'_>, steps: &mut Steps<'_>) -> Read {
    if let Some(python) = python(name) {
        return match (tensorflow::two(python), tensorflow::single(python)) {
            (Some(function), _) => binary(function, of.input(0)?, of.input(1)?),
            (None, Some(function)) => node(function, Vec::new(), vec![of.tensor(0)?]),
            (None, None) => Err(Unread::unknown()),
        };
    }
    let keepdims = ("keepdims".to_string(), Arg::Bool(of.flag("keep_dims")));
    let reduced =
        |by: &str| node(by, vec![("axis".into(), of.arg(1)?), keepdims.clone()], vec![of.tensor(0)?]);
    match name {
        "Mean" => reduced("mean"),
        "Sum" => reduced("sum"),
        "Max" => reduced("max"),
        "Min" => reduced("min"),
        "Prod" => reduced("prod"),
        "ArgMax" => node("argmax", vec![("axis".into(), of.arg(1)?)], vec![of.tensor(0)?]),
        "ArgMin" => node("argmin", vec![("axis".into(), of.arg(1)?)], vec![of.tensor(0)?]),
        "Identity" => Ok((of_layer("Identity", []), vec![of.tensor(0)?])),
        "Softmax" => Ok((of_layer("Softmax", [("axis", json!(-1))]), vec![of.tensor(0)?])),
        "LogSoftmax" => node("log_softmax", Vec::new(), vec![of.tensor(0)?]),
        "Elu" => node("elu", Vec::new(), vec![of.tensor(0)?]),
        "ExpandDims" => node("expand_dims", vec![("axis".into(), of.arg(1)?)], vec![of.tensor(0)?]),
        "Reshape" => reshaped(of.tensor(0)?, Some(of.value(1)?)),
        "Transpose" => node("transpose", vec![("axes".into(), of.arg(1)?)], vec![of.tensor(0)?]),
        "Tile" => node("tile", vec![("repeats".into(), of.arg(1)?)], vec![of.tensor(0)?]),
        "Squeeze" => squeezed(of),
        "ConcatV2" => {
            let last = of.inputs.len().saturating_sub(1);
            let tensors = (0..last).map(|at| of.tensor(at)).collect::<Result<Vec<_>, String>>()?;
            concatenated(tensors, Some(of.value(last)?.clone()))
        }
        "Pack" => {
            let tensors = (0..of.inputs.len()).map(|at| of.tensor(at)).collect::<Result<Vec<_>, String>>()?;
            node("stack", vec![("axis".into(), Arg::Int(i128::from(of.number("axis"))))], tensors)
        }
        "MatMul" | "BatchMatMul" | "BatchMatMulV2" => product(of, steps),
        "Cast" => {
            let dtype = of.attributes.get("DstT").and_then(|value| value.get("type")).and_then(Value::as_str);
            let dtype = match dtype.unwrap_or_default() {
                "DT_FLOAT" | "DT_DOUBLE" => "float32",
                "DT_INT32" | "DT_INT64" => "int32",
                "DT_BOOL" => "bool",
                other => other,
            };
            cast(of.tensor(0)?, dtype)
        }
        "StridedSlice" => strided(of),
        _ => Err(Unread::unknown()),
    }
}

/// A product of matrices, of which each may be transposed first.
fn product(of: &Node<'_>, steps: &mut Steps<'_>) -> Read {
    let mut turned = |at: usize, flags: [&str; 2]| match of.input(at)? {
        Argument::Tensor(tensor) if flags.iter().any(|flag| of.flag(flag)) => {
            Ok(Argument::Tensor(steps.transposed(*tensor)))
        }
        Argument::Value(_) if flags.iter().any(|flag| of.flag(flag)) => {
            Err("a constant matrix is transposed".to_string())
        }
        other => Ok(other.clone()),
    };
    let (a, b) = (turned(0, ["adj_x", "transpose_a"])?, turned(1, ["adj_y", "transpose_b"])?);
    binary("matmul", &a, &b)
}

fn squeezed(of: &Node<'_>) -> Read {
    let axes = of.attributes.get("squeeze_dims").and_then(|value| value.get("list")?.get("i"));
    let axes: Option<Vec<i64>> =
        axes.and_then(Value::as_array).and_then(|list| list.iter().map(whole).collect());
    let axes = axes.ok_or("it does not say which axes go")?;
    let axes = axes.into_iter().map(|axis| Arg::Int(i128::from(axis))).collect();
    node("squeeze", vec![("axis".into(), Arg::List(axes))], vec![of.tensor(0)?])
}

/// `x[...]`: lists of begins, ends and steps, and bits that say what else a place is.
fn strided(of: &Node<'_>) -> Read {
    let list = |at: usize| -> Result<Vec<i64>, String> {
        let list = items(of.value(at)?).and_then(|list| list.iter().map(whole).collect());
        list.ok_or_else(|| "the index is no list of numbers".into())
    };
    let (begin, end, step) = (list(1)?, list(2)?, list(3)?);
    if end.len() != begin.len() || step.len() != begin.len() || begin.len() > 16 {
        return Err("the index has lists of different lengths".into());
    }
    let bit = |name: &str, at: usize| of.number(name) >> at & 1 == 1;
    let number = |free: bool, n: i64| if free { Arg::None } else { Arg::Int(i128::from(n)) };
    let place = |at: usize| {
        if bit("ellipsis_mask", at) {
            return Arg::Word("Ellipsis".into());
        }
        if bit("new_axis_mask", at) {
            return Arg::None;
        }
        if bit("shrink_axis_mask", at) {
            return Arg::Int(i128::from(begin[at]));
        }
        let bounds = [
            number(bit("begin_mask", at), begin[at]),
            number(bit("end_mask", at), end[at]),
            number(false, step[at]),
        ];
        Arg::Call("slice".into(), bounds.into_iter().map(|bound| (None, bound)).collect())
    };
    let key = Arg::List((0..begin.len()).map(place).collect());
    node("get_item", vec![("key".into(), key)], vec![of.tensor(0)?])
}
