//! What is said of a call of a layer: `x => decoder_lstm(initial_state = [h, c])`, `x => dropout(training = true)`.

use keras_shape::{Arg, CallArgs, LayerConfig, Role};
use proc_macro2::Ident;

use super::{Kind, Resolver, TensorRef};
use crate::parse::Argument;

/// What is said of a call of a layer.
#[derive(Clone, Default)]
pub(super) struct Applied {
    /// Inputs behind the first by name, each with its place among these.
    pub inputs: Vec<(usize, TensorRef)>,
    /// Other tensors by name.
    pub tensors: Vec<(Role, TensorRef)>,
    /// Whether `mask = None` stands there.
    pub drop_mask: bool,
    /// What is no tensor.
    pub call: CallArgs,
}

impl Applied {
    /// The tensors in the order of their names, in which Keras lists them too.
    pub fn in_order(&self) -> Vec<(Role, TensorRef)> {
        let mut tensors = self.tensors.clone();
        tensors.sort_by_key(|(role, _)| role.name());
        tensors
    }
}

impl Resolver<'_> {
    /// Takes an argument of a call, if it is one: tensors by name, `mask = None`, and `training`, which stand among the
    /// arguments of the layer too. With `flags` also those that a layer has under the same name.
    pub(super) fn call_argument(
        &mut self,
        arg: &Argument,
        config: Option<&LayerConfig>,
        flags: bool,
        applied: &mut Applied,
    ) -> bool {
        let Some(name) = arg.name.as_ref().map(Ident::to_string).filter(|_| !arg.axis) else { return false };
        if name == "mask" && arg.value == Arg::None {
            applied.drop_mask = true;
            return true;
        }
        let named = config.map_or(&[][..], |config| config.facts().named_inputs);
        if let (Some(place), Arg::Word(tensor)) = (named.iter().position(|other| *other == name), &arg.value)
        {
            let tensor = self.tensor_called(tensor, arg.span);
            applied.inputs.retain(|(other, _)| *other != place);
            applied.inputs.push((place, tensor));
            applied.inputs.sort_by_key(|(place, _)| *place);
            return true;
        }
        if let (Some(role), Some(config)) = (Role::from_name(&name), config) {
            applied.tensors.retain(|(other, _)| *other != role);
            if arg.value != Arg::None {
                // A list of masks takes the place of all that the inputs carry, as in Keras.
                applied.drop_mask |= role == Role::Mask && config.masks_in_a_list();
                let tensors = self.named_tensors(&arg.value, arg.span, config, role);
                applied.tensors.retain(|(other, _)| tensors.iter().all(|(role, _)| role != other));
                applied.tensors.extend(tensors);
            }
            return true;
        }
        if name == "training" || (flags && config.is_some_and(|config| config.takes_flag(&name))) {
            match &arg.value {
                Arg::None => applied.call.set(&name, None),
                Arg::Bool(value) => applied.call.set(&name, Some(*value)),
                Arg::Word(word) if word == "True" || word == "False" => {
                    applied.call.set(&name, Some(word == "True"));
                }
                other => {
                    let found = other.describe();
                    self.errors.over(
                        &arg.tokens,
                        format!("`{name}` of a call is `true` or `false`, or `None` for what the model does; found {found}"),
                    );
                }
            }
            return true;
        }
        false
    }

    /// What a call says of a layer that is made already.
    pub(super) fn application(&mut self, args: &[Argument], layer: usize, name: Option<&str>) -> Applied {
        let mut applied = self.applied.get(&layer).cloned().unwrap_or_default();
        let config = match &self.graph.layers[layer].kind {
            Kind::Keras { config, .. } => Some(*config),
            _ => None,
        };
        for arg in args {
            if self.call_argument(arg, config.as_ref(), true, &mut applied) {
                continue;
            }
            if matches!(self.graph.layers[layer].kind, Kind::Broken(_)) {
                continue;
            }
            let class = self.graph.layers[layer].class();
            let takes = match &config {
                Some(config) => config.call_arguments(),
                None => vec!["training"],
            };
            let takes: Vec<String> = takes.iter().map(|name| format!("`{name}`")).collect();
            let what = match &arg.name {
                Some(name) => format!("`{name}` is no argument of a call of {class}"),
                None => format!("a call of {class} takes its arguments by name"),
            };
            let at = match name {
                Some(name) => format!("where {class} is bound, as `let {name} = {class}(...);`"),
                None => format!("in the first parentheses: `{class}(..., {})`", arg.text()),
            };
            self.errors.over(
                &arg.tokens,
                format!(
                    "{what}; it takes {}\nhelp: arguments of the layer itself stand {at}",
                    takes.join(", ")
                ),
            );
        }
        applied
    }
}
