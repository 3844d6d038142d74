//! Where the layers of a graph are applied, in the words of each generation.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Argument, Call, Kind, Layer, MAX_NESTING, TensorRef, items};
use crate::error::{Error, Result, shown};

/// So many tensors a layer or a model in a file may give.
const MAX_TENSORS: usize = 10_000;

/// What is needed to read where layers are applied.
pub(super) struct Nodes<'a> {
    pub names: &'a HashMap<String, usize>,
    pub layers: &'a [Layer],
    pub nodes: &'a [&'a [Value]],
    /// The number that the first call of each layer has, where tensors are lists.
    pub firsts: Vec<usize>,
}

/// The number that the first call of each layer has where tensors are lists: of a model it may be 1, as its own making is
/// call 0. Every call leads to an output, so the least number that is named is that of the first.
///
/// Keras 3 has such lists at the ends of the graph alone, where functional models count from 1 and others from 0.
pub(super) fn first_calls(
    names: &HashMap<String, usize>,
    layers: &[Layer],
    nodes: &[&[Value]],
    config: &Value,
) -> Vec<usize> {
    let new = nodes.iter().flat_map(|nodes| nodes.iter()).any(Value::is_object);
    let functional = |layer: &Layer| layer.inner.as_ref().is_some_and(|inner| inner.kind == Kind::Functional);
    if new {
        return layers.iter().map(|layer| usize::from(functional(layer))).collect();
    }
    let mut least: Vec<Option<usize>> = vec![None; layers.len()];
    let mut name = |at: usize, call: usize| least[at] = Some(least[at].map_or(call, |least| least.min(call)));
    nodes.iter().flat_map(|nodes| nodes.iter()).for_each(|node| named_calls(node, names, 0, &mut name));
    for key in ["input_layers", "output_layers"] {
        named_calls(config.get(key).unwrap_or(&Value::Null), names, 0, &mut name);
    }
    let of = |(layer, least): (&Layer, Option<usize>)| {
        if layer.inner.is_some() { least.unwrap_or(0).min(1) } else { 0 }
    };
    layers.iter().zip(least).map(of).collect()
}

/// Tells of every tensor in a value which layer and which call it is of.
fn named_calls(
    value: &Value,
    names: &HashMap<String, usize>,
    depth: usize,
    tell: &mut impl FnMut(usize, usize),
) {
    if depth > MAX_NESTING {
        return;
    }
    match value {
        Value::Array(list) => {
            let layer = list.first().and_then(Value::as_str).and_then(|name| names.get(name));
            let call = list.get(1).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
            if let (Some(layer), Some(call)) = (layer, call) {
                tell(*layer, call);
            }
            list.iter().for_each(|value| named_calls(value, names, depth + 1, tell));
        }
        Value::Object(map) => map.values().for_each(|value| named_calls(value, names, depth + 1, tell)),
        _ => {}
    }
}

impl Nodes<'_> {
    /// One call of a layer.
    pub fn call(&self, node: &Value, of: &Layer) -> Result<Call> {
        if let Value::Object(object) = node {
            let mut call = Call::default();
            if let (Some(inner), false) = (&of.inner, is_keras_3(object)) {
                // Keras 2 has the dict in the place of the list.
                let tensor = |name: &&str| match object.get(*name).and_then(Value::as_array) {
                    Some(parts) => self.old_tensor(parts, 0, &mut call),
                    None => without(name),
                };
                let tensors = inner.input_names().iter().map(tensor).collect::<Result<_>>()?;
                call.args.push(Argument::List(tensors));
                return Ok(call);
            }
            for arg in object.get("args").and_then(items).map_or(&[][..], Vec::as_slice) {
                call.args.push(match (dict(arg), &of.inner) {
                    (Some(dict), Some(inner)) => self.named(dict, &inner.input_names(), without)?,
                    _ => self.argument(arg, 0)?,
                });
            }
            if let Some(kwargs) = object.get("kwargs").and_then(Value::as_object) {
                for (name, value) in kwargs {
                    let value = match (dict(value), &of.inner) {
                        (Some(dict), Some(inner)) if name == "mask" => {
                            self.named(dict, &inner.input_names(), |_| Ok(Argument::Value(Value::Null)))?
                        }
                        _ => self.argument(value, 0)?,
                    };
                    call.kwargs.push((name.clone(), value));
                }
            }
            return Ok(call);
        }
        let Some(list) = node.as_array() else { return Err(Error::new("a call is no list")) };
        // The calls of `TFOpLambda` lose one level.
        let one = [node.clone()];
        let tensors = if list.first().is_some_and(Value::is_string) { &one[..] } else { list };
        let mut call = Call::default();
        let mut args = Vec::with_capacity(tensors.len());
        for tensor in tensors {
            let Some(parts) = tensor.as_array() else {
                return Err(Error::new("a tensor of a call is no list"));
            };
            args.push(self.old_tensor(parts, 0, &mut call)?);
        }
        call.args.push(match args.len() {
            1 => args.remove(0),
            _ => Argument::List(args),
        });
        Ok(call)
    }

    /// The tensors of a model inside that is called with a dict: Keras takes those of its inputs' names, and no others.
    fn named(
        &self,
        dict: &Map<String, Value>,
        names: &[&str],
        without: impl Fn(&str) -> Result<Argument>,
    ) -> Result<Argument> {
        let tensor = |name: &&str| match dict.get(*name) {
            Some(value) => self.argument(value, 0),
            None => without(name),
        };
        let all = names.iter().map(tensor).collect::<Result<Vec<Argument>>>()?;
        let value = |arg: &Argument| match arg {
            Argument::Value(value) => Some(value.clone()),
            Argument::Tensor(_) | Argument::List(_) => None,
        };
        let values: Option<Vec<Value>> = all.iter().map(value).collect();
        Ok(values.map_or(Argument::List(all), |values| Argument::Value(Value::Array(values))))
    }

    /// A tensor of a call of Keras 1 and 2, a constant among them, or a list of them; the keywords of the call stand with each.
    fn old_tensor(&self, parts: &[Value], depth: usize, call: &mut Call) -> Result<Argument> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        if parts.first().is_none_or(Value::is_array) {
            let each = parts.iter().map(|part| match part.as_array() {
                Some(parts) => self.old_tensor(parts, depth + 1, call),
                None => Err(Error::new("a tensor of a call is no list")),
            });
            return Ok(match each.collect::<Result<Vec<Argument>>>()? {
                none if none.is_empty() => Argument::Value(Value::Array(Vec::new())),
                list => Argument::List(list),
            });
        }
        if let Some(kwargs) = parts.get(3).and_then(Value::as_object) {
            for (name, value) in kwargs {
                let value = self.old_argument(value, 0)?;
                call.kwargs.retain(|(other, _)| other != name);
                call.kwargs.push((name.clone(), value));
            }
        }
        match parts[0].as_str() {
            Some("_CONSTANT_VALUE") => Ok(Argument::Value(parts.get(2).cloned().unwrap_or(Value::Null))),
            _ => Ok(Argument::Tensor(self.tensor(parts, true)?)),
        }
    }

    /// A tensor by name of its layer, number of the call and of the output.
    fn tensor(&self, parts: &[Value], old: bool) -> Result<TensorRef> {
        let number = |i: usize| parts.get(i).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        let (Some(name), Some(call), Some(tensor)) =
            (parts.first().and_then(Value::as_str), number(1), number(2))
        else {
            return Err(Error::new("a tensor does not say its layer, call and number"));
        };
        let Some(at) = self.names.get(name).copied() else {
            return Err(Error::new(format!("there is no layer `{}`", shown(name))));
        };
        let from = if old { self.firsts[at] } else { 0 };
        let call = self.index(at, call, from)?;
        if tensor > MAX_TENSORS {
            return Err(Error::new(format!("layer `{}` gives no tensor {tensor}", shown(name))));
        }
        Ok(TensorRef { layer: at, call, tensor })
    }

    /// The number of a call, counted from 0.
    fn index(&self, at: usize, call: usize, from: usize) -> Result<usize> {
        let layer = &self.layers[at];
        let calls = self.nodes[at].len().max(usize::from(layer.input.is_some()));
        match call.checked_sub(from) {
            Some(index) if index < calls => Ok(index),
            _ => Err(Error::new(format!("layer `{}` has no call {call}", shown(&layer.name)))),
        }
    }

    /// A value in a call of Keras 3.
    fn argument(&self, value: &Value, depth: usize) -> Result<Argument> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        if let Value::Object(object) = value {
            let class = object.get("class_name").and_then(Value::as_str);
            if class == Some("__keras_tensor__") {
                let parts = object.get("config").and_then(|config| config.get("keras_history"));
                let parts = parts.and_then(items).ok_or_else(|| Error::new("a tensor has no history"))?;
                return Ok(Argument::Tensor(self.tensor(parts, false)?));
            }
        }
        match items(value) {
            Some(list) => {
                let list: Result<Vec<Argument>> =
                    list.iter().map(|value| self.argument(value, depth + 1)).collect();
                let list = list?;
                // A list without tensors is a value as it stands.
                if list.iter().all(|item| matches!(item, Argument::Value(_))) {
                    return Ok(Argument::Value(value.clone()));
                }
                Ok(Argument::List(list))
            }
            None => Ok(Argument::Value(value.clone())),
        }
    }

    /// A value in a call of Keras 1 and 2, where a tensor is a list that begins with a name.
    fn old_argument(&self, value: &Value, depth: usize) -> Result<Argument> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        let Some(list) = value.as_array() else { return Ok(Argument::Value(value.clone())) };
        let is_tensor = list.len() >= 3
            && list[1].is_u64()
            && list[2].is_u64()
            && list[0].as_str().is_some_and(|name| self.names.contains_key(name));
        if is_tensor {
            return Ok(Argument::Tensor(self.tensor(list, true)?));
        }
        let list: Result<Vec<Argument>> =
            list.iter().map(|value| self.old_argument(value, depth + 1)).collect();
        let list = list?;
        if list.iter().all(|item| matches!(item, Argument::Value(_))) {
            return Ok(Argument::Value(value.clone()));
        }
        Ok(Argument::List(list))
    }

    /// The tensors of `input_layers` or `output_layers`: one, a list, or an object of them by name.
    pub fn ends(&self, value: &Value, depth: usize, found: &mut Vec<TensorRef>) -> Result<()> {
        if depth > MAX_NESTING {
            return Err(Error::new("an argument is nested too deeply"));
        }
        if let Value::Object(object) = value
            && items(value).is_none()
        {
            return pairs(object).into_iter().try_for_each(|(_, value)| self.ends(value, depth + 1, found));
        }
        let list = items(value).ok_or_else(|| Error::new("inputs or outputs are no list"))?;
        if list.first().is_some_and(Value::is_string) {
            found.push(self.tensor(list, true)?);
            return Ok(());
        }
        list.iter().try_for_each(|value| self.ends(value, depth + 1, found))
    }
}

/// Whether a call is written as Keras 3 does: with lists of arguments under these two keys, and nothing beside them. A dict of Keras 2 has
/// tensors of inputs, which may have such names.
fn is_keras_3(call: &Map<String, Value>) -> bool {
    let tensor = |arg: &Value| matches!(arg, Value::String(_));
    let args = call.get("args");
    let kwargs = call.get("kwargs");
    let list = args.is_none_or(|args| items(args).is_some_and(|list| !list.first().is_some_and(tensor)));
    let map = kwargs.is_none_or(Value::is_object);
    let others = call.keys().all(|key| key == "args" || key == "kwargs");
    (args.is_some() || kwargs.is_some()) && list && map && others
}

/// That a dict has no tensor of an input.
fn without(name: &str) -> Result<Argument> {
    Err(Error::new(format!("the dict of its inputs has no `{}`", shown(name))))
}

/// A value that is a dict, and no object of Keras.
fn dict(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|object| !object.contains_key("class_name"))
}

/// The pairs of a dict as Keras counts them, in the order of its keys, whatever order the map of a build has.
pub(super) fn pairs(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut pairs: Vec<_> = object.iter().collect();
    pairs.sort_by_key(|(key, _)| *key);
    pairs
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Keras 2 writes a dict of tensors in the place of the list of a call, here of inputs with the names of Keras 3's keys.
    #[test]
    fn dicts_of_keras_2_are_told_from_calls_of_keras_3() {
        let keras_3 = |value: Value| is_keras_3(value.as_object().unwrap());
        assert!(keras_3(json!({ "args": [{ "class_name": "__keras_tensor__" }], "kwargs": {} })));
        assert!(keras_3(json!({ "args": [], "kwargs": { "x": 1 } })));
        assert!(!keras_3(json!({ "args": ["a", 0, 0] })));
        assert!(!keras_3(json!({ "args": ["a", 0, 0, {}], "other": ["b", 0, 0] })));
        assert!(!keras_3(json!({ "kwargs": ["a", 0, 0] })));
        assert!(!keras_3(json!({ "args": ["a", 0, 0], "kwargs": ["b", 0, 0] })));
        assert!(!keras_3(json!({ "a": ["a", 0, 0] })));
    }
}
