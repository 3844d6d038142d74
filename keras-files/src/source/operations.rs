//! Operations among layers, as `model!` has them.

use keras_shape::{Arg, Op};

use super::Body;
use super::text::{array, index, text};
use crate::error::{Error, Result, shown};
use crate::graph::TensorRef;

impl Body<'_, '_> {
    /// An operation: `ops::mean(x, axis = 1)`, `x[.., -1, ..]`.
    pub(super) fn operation(&mut self, at: (usize, usize), op: &Arg, inputs: &[TensorRef]) -> Result<String> {
        let name = self.graph.layers[at.0].name.clone();
        let Arg::Call(function, args) = op else { return Err(Error::new("an operation has no name")) };
        let named =
            |key: &str| args.iter().find(|(name, _)| name.as_deref() == Some(key)).map(|(_, arg)| arg);
        let beside = if function == "constant" { named("by") } else { None };
        let function = match beside {
            Some(Arg::Str(by) | Arg::Word(by)) => by,
            _ => function,
        };
        let signature = Op::signature(function);
        let signature = signature
            .ok_or_else(|| Error::new(format!("layer `{}` is no operation of a model", shown(&name))))?;
        let mut operands = Vec::new();
        for tensor in inputs {
            let mut text = self.tensor(*tensor);
            // An operation hands on no mask.
            if self.ends.said.contains(&at) {
                text.push_str(" => Identity(mask = None)");
            }
            let bare = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            operands.push(if bare { text } else { format!("({text})") });
        }
        if function == "get_item" {
            let Some((_, Arg::List(key))) = args.first() else {
                return Err(Error::new("an index is missing"));
            };
            return Ok(self.indexed(operands.concat(), &name, key));
        }
        if signature.tensors == ["xs"] {
            operands = vec![format!("[{}]", operands.join(", "))];
        }
        if let (Some(_), Some(Arg::List(shape)), Some(Arg::List(values))) =
            (beside, named("shape"), named("values"))
        {
            let first = named("first") == Some(&Arg::Bool(true));
            operands.insert(if first { 0 } else { 1.min(operands.len()) }, array(shape, values)?);
            return Ok(format!("ops::{function}({})", operands.join(", ")));
        }
        // Numbers stand in the places of tensors.
        for (at, place) in signature.tensors.iter().enumerate() {
            if let Some((_, number)) = args.iter().find(|(key, _)| key.as_deref() == Some(place)) {
                operands.insert(at.min(operands.len()), text(number));
            }
        }
        for (at, key) in signature.leading.iter().enumerate() {
            operands.splice(
                at..at,
                args.iter().find(|(name, _)| name.as_deref() == Some(key)).map(|(_, arg)| text(arg)),
            );
        }
        let placed = [signature.leading, signature.tensors].concat();
        let named = args.iter().filter_map(|(key, value)| {
            let key = key.as_deref().filter(|key| !placed.contains(key))?;
            let is_default = match (key, value) {
                (
                    "keepdims" | "antialias" | "crop_to_aspect_ratio" | "pad_to_aspect_ratio",
                    Arg::Bool(no),
                ) => !no,
                ("data_format" | "sorted", _) => true,
                ("mode", Arg::Str(mode) | Arg::Word(mode)) => mode == "constant",
                _ => false,
            };
            if is_default {
                return None;
            }
            Some(format!("{key} = {}", text(value)))
        });
        operands.extend(named.collect::<Vec<String>>());
        let function = if function == "resize" { "image::resize" } else { function };
        Ok(format!("ops::{function}({})", operands.join(", ")))
    }

    /// `x[.., -1, ..]`; a tensor that is no name gets one.
    fn indexed(&mut self, mut of: String, layer: &str, key: &[Arg]) -> String {
        if of.starts_with('(') {
            let bound = self.name(&format!("{layer}_of"));
            self.lines.push(format!("let {bound} = {};", &of[1..of.len() - 1]));
            of = bound;
        }
        format!("{of}[{}]", key.iter().map(index).collect::<Vec<_>>().join(", "))
    }
}
