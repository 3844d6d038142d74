//! The arguments of operations: tensors, numbers, arrays, indices.

use keras_shape::Arg;
use serde_json::Value;

use super::super::{Argument, Call, TensorRef, items};
use crate::config::plain;
use crate::json;
use crate::shown;

/// So many numbers an array in a graph may have.
const MAX_NUMBERS: usize = 1 << 20;

/// The arguments of a call, by the names that they have there.
#[derive(Default)]
pub struct Arguments<'a> {
    named: Vec<(&'a str, &'a Argument)>,
}

impl<'a> Arguments<'a> {
    /// Those of a call, whose arguments by position have these names.
    pub fn of(call: &'a Call, names: &[&'a str]) -> Result<Self, String> {
        if call.args.len() > names.len() {
            return Err(format!("it has {} arguments by position", call.args.len()));
        }
        let mut named: Vec<(&str, &Argument)> = names.iter().copied().zip(&call.args).collect();
        named.extend(call.kwargs.iter().map(|(name, arg)| (name.as_str(), arg)));
        Ok(Arguments { named })
    }

    /// The argument of one of these names.
    pub fn get(&self, names: &[&str]) -> Option<&'a Argument> {
        self.named.iter().find(|(name, _)| names.contains(name)).map(|(_, arg)| *arg)
    }

    pub fn need(&self, names: &[&str]) -> Result<&'a Argument, String> {
        self.get(names).ok_or_else(|| format!("`{}` is missing", names[0]))
    }

    /// The tensor of one of these names.
    pub fn tensor(&self, names: &[&str]) -> Result<TensorRef, String> {
        match self.need(names)? {
            Argument::Tensor(tensor) => Ok(*tensor),
            _ => Err(format!("`{}` is no tensor", names[0])),
        }
    }

    /// A list of tensors.
    pub fn tensors(&self, names: &[&str]) -> Result<Vec<TensorRef>, String> {
        let all = match self.need(names)? {
            Argument::Tensor(tensor) => Some(vec![*tensor]),
            Argument::List(list) => list
                .iter()
                .map(|item| if let Argument::Tensor(tensor) = item { Some(*tensor) } else { None })
                .collect(),
            Argument::Value(_) => None,
        };
        all.ok_or_else(|| "a constant stands in a list of tensors".into())
    }

    /// A value, where it is given and not `null`.
    pub fn value(&self, names: &[&str]) -> Result<Option<&'a Value>, String> {
        match self.get(names) {
            None => Ok(None),
            Some(Argument::Value(value)) => Ok(Some(value).filter(|value| !value.is_null())),
            Some(_) => Err(format!("`{}` is a tensor, and a constant here", names[0])),
        }
    }

    /// A value as an argument of another name, where it is given.
    pub fn put(&self, names: &[&str], to: &str, out: &mut Vec<(String, Arg)>) -> Result<(), String> {
        if let Some(value) = self.value(names)? {
            let arg = plain(value, 0).ok_or_else(|| format!("`{}` cannot be read", names[0]))?;
            out.push((to.into(), arg));
        }
        Ok(())
    }

    /// That an argument says nothing: is not there, `null`, false, or one of these.
    pub fn without(&self, name: &str, harmless: &[Value]) -> Result<(), String> {
        match self.value(&[name])? {
            None | Some(Value::Bool(false)) => Ok(()),
            Some(value) if harmless.contains(value) => Ok(()),
            Some(value) => Err(format!("`{name}` is {}, which is not read", shown(&value.to_string()))),
        }
    }

    pub fn flag(&self, names: &[&str]) -> Result<bool, String> {
        Ok(self.value(names)?.and_then(Value::as_bool).unwrap_or(false))
    }
}

/// An array of a file.
pub struct Constant {
    shape: Vec<usize>,
    values: Vec<Arg>,
}

impl Constant {
    /// The number that it is, if it has no axes.
    pub fn number(&self) -> Option<Arg> {
        let number = self.values.first().filter(|_| self.shape.is_empty())?;
        Some(match number {
            Arg::Bool(value) => Arg::Int(i128::from(*value)),
            other => other.clone(),
        })
    }

    /// The arguments of the operation `constant`: this array beside a tensor.
    pub fn beside(self, by: &str, first: bool) -> Vec<(String, Arg)> {
        let shape = self.shape.iter().map(|n| Arg::Int(*n as i128)).collect();
        vec![
            ("by".into(), Arg::Str(by.into())),
            ("shape".into(), Arg::List(shape)),
            ("values".into(), Arg::List(self.values)),
            ("first".into(), Arg::Bool(first)),
        ]
    }
}

/// A number or an array, as lists in lists or as an object of NumPy's.
pub fn constant(value: &Value) -> Result<Constant, String> {
    let class = value.get("class_name").and_then(Value::as_str);
    let (value, floats) = match class {
        Some("__numpy__" | "__tensor__") => {
            let config = value.get("config").unwrap_or(&Value::Null);
            let dtype = config.get("dtype").and_then(Value::as_str).unwrap_or_default();
            (config.get("value").unwrap_or(&Value::Null), dtype.contains("float"))
        }
        _ => (value, false),
    };
    let mut found = Constant { shape: Vec::new(), values: Vec::new() };
    let mut level = value;
    while let Some(list) = items(level) {
        found.shape.push(list.len());
        let Some(first) = list.first() else { break };
        level = first;
    }
    if found.shape.len() > keras_shape::MAX_RANK {
        return Err("a constant has too many axes".into());
    }
    flatten(value, &found.shape, floats, &mut found.values)?;
    Ok(found)
}

/// The lengths, the numbers and whether they are whole, of a number or an array in a file: lists in lists, or an object of
/// NumPy's.
///
/// # Errors
/// It is none, or one of too many numbers.
pub fn array_of(value: &Value) -> Result<(Vec<usize>, Vec<f64>, bool), String> {
    let Constant { shape, values } = constant(value)?;
    let whole = values.iter().all(|value| matches!(value, Arg::Int(_) | Arg::Bool(_)));
    let number = |value: &Arg| match value {
        Arg::Int(n) => *n as f64,
        Arg::Bool(truth) => f64::from(u8::from(*truth)),
        Arg::Float(x) => *x,
        _ => 0.0,
    };
    let numbers = values.iter().map(number).collect();
    Ok((shape, numbers, whole))
}

fn flatten(value: &Value, shape: &[usize], floats: bool, out: &mut Vec<Arg>) -> Result<(), String> {
    if out.len() >= MAX_NUMBERS {
        return Err(format!("a constant has more than {MAX_NUMBERS} numbers"));
    }
    if let Some((length, rest)) = shape.split_first() {
        let list = items(value).filter(|list| list.len() == *length);
        let list = list.ok_or("a constant has lists of different lengths")?;
        return list.iter().try_for_each(|value| flatten(value, rest, floats, out));
    }
    out.push(match value {
        Value::Bool(truth) if !floats => Arg::Bool(*truth),
        Value::Number(number) => match number.as_i64().filter(|_| !floats) {
            Some(n) => Arg::Int(i128::from(n)),
            None => Arg::Float(number.as_f64().ok_or("a number is too large")?),
        },
        value => Arg::Float(json::number(value).ok_or("a constant holds what is no number")?),
    });
    Ok(())
}

/// An index: `[{"start": null, ...}, -1]`, as the key of `get_item`.
pub fn index(value: &Value) -> Result<Arg, String> {
    let one = std::slice::from_ref(value);
    let places = items(value).map_or(one, Vec::as_slice);
    Ok(Arg::List(places.iter().map(place).collect::<Result<Vec<Arg>, String>>()?))
}

fn place(value: &Value) -> Result<Arg, String> {
    let number = |value: Option<&Value>| match value {
        None | Some(Value::Null) => Ok(Arg::None),
        Some(value) => match value.as_i64() {
            Some(n) => Ok(Arg::Int(i128::from(n))),
            None => Err("an index is no whole number, but a tensor perhaps".to_string()),
        },
    };
    match value {
        Value::Null => Ok(Arg::None),
        Value::Number(_) => number(Some(value)),
        Value::String(dots) if dots == "..." => Ok(Arg::Word("Ellipsis".into())),
        Value::Object(object) => {
            let class = object.get("class_name").and_then(Value::as_str);
            if matches!(class, Some("__ellipsis__")) {
                return Ok(Arg::Word("Ellipsis".into()));
            }
            let bounds =
                if class.is_some() { value.get("config").and_then(Value::as_object) } else { Some(object) };
            let bounds = bounds.ok_or("an index cannot be read")?;
            let bounds = ["start", "stop", "step"].map(|key| number(bounds.get(key)));
            let bounds = bounds.into_iter().collect::<Result<Vec<Arg>, String>>()?;
            Ok(Arg::Call("slice".into(), bounds.into_iter().map(|bound| (None, bound)).collect()))
        }
        _ => Err("an index cannot be read".into()),
    }
}
