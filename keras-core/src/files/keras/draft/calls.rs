//! The calls of the layers of a file, in an order that can be computed, with what each tensor is to its layer.

use keras_files::{Argument, Call, TensorRef, shown};
use keras_shape::{CallArgs, Inferred, LayerConfig, Mask, MaskRule, NamedMask, Role, TensorSpec};

use super::{Drafting, Origin, functions};
use crate::model::{InputInfo, Source};

/// A call of a layer as a node has it.
pub(super) struct Applied {
    pub layer: usize,
    pub call: usize,
    pub inputs: Vec<TensorRef>,
    pub roles: Vec<Role>,
    pub args: CallArgs,
    /// Whether it says of each of its tensors that it has no mask: Keras takes a list of nothing at its word, as it does not
    /// `None` alone.
    pub no_masks: bool,
}

impl Applied {
    /// Leaves out the masks that it names: those of its tensors are handed to it anyway.
    pub(super) fn drop_masks(&mut self) {
        let plain = self.inputs.iter().zip(&self.roles).filter(|(_, role)| **role != Role::Mask);
        (self.inputs, self.roles) = plain.map(|(tensor, role)| (*tensor, *role)).unzip();
    }
}

impl Drafting<'_> {
    /// Whether a call computes with masks that it does not hand on: a merge of tensors of which not all carry masks, or a model
    /// inside.
    pub(super) fn uses_some(&self, call: usize) -> bool {
        let uses = match &self.sources[self.calls[call].layer] {
            Some(Origin::Keras(made)) => made.config.mask_rule() == MaskRule::PassAll,
            Some(Origin::Model(_)) => true,
            Some(Origin::Wrapped(_) | Origin::Custom(..) | Origin::Cells(_) | Origin::Function(_)) | None => {
                false
            }
        };
        uses && !self.drops[call] && !self.ends[call]
    }

    /// Brings the calls into an order in which each comes after what it takes.
    pub(super) fn order_calls(&mut self) -> Result<(), Vec<String>> {
        let mut waiting: Vec<Applied> = Vec::new();
        for (at, layer) in self.graph.layers.iter().enumerate() {
            if layer.input.is_some() {
                continue;
            }
            for (number, call) in layer.calls.iter().enumerate() {
                waiting.push(
                    self.applied(at, number, call).map_err(|error| {
                        vec![format!("the call of layer `{}`: {error}", shown(&layer.name))]
                    })?,
                );
            }
        }
        let mut done: std::collections::HashSet<(usize, usize)> = std::collections::HashSet::new();
        let is_input = |at: usize| self.graph.layers[at].input.is_some();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut rest = Vec::new();
            for applied in waiting {
                let ready =
                    applied.inputs.iter().all(|t| is_input(t.layer) || done.contains(&(t.layer, t.call)));
                if ready {
                    done.insert((applied.layer, applied.call));
                    self.calls.push(applied);
                } else {
                    rest.push(applied);
                }
            }
            if rest.len() == before {
                let name = &self.graph.layers[rest[0].layer].name;
                return Err(vec![format!("layer `{}` takes what is made of its own output", shown(name))]);
            }
            waiting = rest;
        }
        Ok(())
    }

    /// What the arguments of a call are to a layer.
    fn applied(&self, layer: usize, number: usize, call: &Call) -> Result<Applied, String> {
        let config = match &self.sources[layer] {
            Some(Origin::Keras(made)) => Some(made.config),
            Some(Origin::Cells(cells)) => Some(cells.made.config),
            _ => None,
        };
        let mut applied = Applied {
            layer,
            call: number,
            inputs: Vec::new(),
            roles: Vec::new(),
            args: CallArgs::NONE,
            no_masks: config.is_some() && call.kwargs.iter().any(no_masks),
        };
        if matches!(self.sources[layer], Some(Origin::Function(_))) {
            applied.inputs = functions::tensors(call);
            applied.roles = vec![Role::Input; applied.inputs.len()];
            return Ok(applied);
        }
        let recurrent = config.is_some_and(|config| config.takes(Role::InitialState));
        let second_is_mask = config
            .is_some_and(|config| config.takes(Role::Mask) && config.facts().named_mask != NamedMask::List);
        for (at, arg) in call.args.iter().enumerate() {
            let role = match (recurrent, at) {
                (true, 1) => Role::InitialState,
                (true, 2) => Role::Mask,
                (false, 1..) if second_is_mask => Role::Mask,
                _ => Role::Input,
            };
            for tensor in arg.tensors() {
                // Until Keras 3 the states of a recurrent layer stand behind its input.
                let state = recurrent && role == Role::Input && !applied.inputs.is_empty();
                applied.inputs.push(tensor);
                applied.roles.push(if state { Role::InitialState } else { role });
            }
            if let Argument::Value(value) = arg
                && !(value.is_null() || at > 0 && value.is_boolean())
            {
                return Err("a constant stands among the tensors, which only operations take".into());
            }
        }
        // By name, too, the value comes before the key, and masks and states behind what is computed with.
        const FIRST: [&str; 6] = ["query", "value", "key", "inputs", "sequence", "sequences"];
        let place = |name: &str| FIRST.iter().position(|other| *other == name).unwrap_or(FIRST.len());
        let mut kwargs: Vec<_> = call.kwargs.iter().collect();
        kwargs.sort_by_key(|(name, _)| place(name));
        for (name, arg) in kwargs {
            self.keyword(config, name, arg, &mut applied)?;
        }
        if applied.inputs.is_empty() {
            return Err("it takes no tensor".into());
        }
        Ok(applied)
    }

    /// What a tensor is to a layer that is given it by this name; nothing if it takes none so. `keras` says that it is a layer
    /// of Keras.
    fn role_of(&self, layer: usize, keras: bool, name: &str) -> Option<Role> {
        match name {
            "query" | "value" | "key" | "inputs" | "sequence" | "sequences" => Some(Role::Input),
            name if keras => Role::from_name(name),
            // What its author calls a tensor.
            _ if matches!(self.sources[layer], Some(Origin::Custom(..))) => Some(Role::Input),
            // Of a model or a wrapper it must be the mask of its input: see `take_masks`.
            "mask" => Some(Role::Mask),
            _ => None,
        }
    }

    /// Adds an argument that is given by name: tensors to what the layer is applied to, a flag to its call.
    fn keyword(
        &self,
        config: Option<LayerConfig>,
        name: &str,
        arg: &Argument,
        applied: &mut Applied,
    ) -> Result<(), String> {
        if !arg.tensors().is_empty() {
            let Some(role) = self.role_of(applied.layer, config.is_some(), name) else {
                return Err(format!("its argument `{}` takes no tensor here", shown(name)));
            };
            for (place, tensor) in places(arg) {
                applied.inputs.push(tensor);
                applied.roles.push(config.map_or(role, |config| config.role_in_list(role, place)));
            }
            return Ok(());
        }
        let Argument::Value(value) = arg else { return Ok(()) };
        match (name, value.as_bool(), config) {
            // A model with several inputs has a mask for each, most of them none.
            (_, None, _)
                if value.is_null()
                    || value.as_array().is_some_and(|all| all.iter().all(serde_json::Value::is_null)) =>
            {
                Ok(())
            }
            ("training", Some(training), _) => {
                applied.args.set(name, Some(training).filter(|_| self.says_training));
                Ok(())
            }
            (_, Some(flag), Some(config)) if config.takes_flag(name) => {
                applied.args.set(name, Some(flag));
                Ok(())
            }
            _ => Err(format!("its argument `{}` is none here", shown(name))),
        }
    }
}

/// The tensors of an argument, each with its place in the list that it stands in: of `[None, mask]` the mask is the second.
fn places(arg: &Argument) -> Vec<(usize, TensorRef)> {
    let Argument::List(list) = arg else { return arg.tensors().into_iter().enumerate().collect() };
    // States may be lists in a list, and count one by one.
    if list.iter().any(|arg| arg.tensors().len() > 1) {
        return arg.tensors().into_iter().enumerate().collect();
    }
    let tensors = list.iter().enumerate();
    tensors.flat_map(|(i, arg)| arg.tensors().into_iter().map(move |tensor| (i, tensor))).collect()
}

/// Whether an argument of a call is a list of masks that are none.
fn no_masks((name, arg): &(String, Argument)) -> bool {
    let Argument::Value(serde_json::Value::Array(all)) = arg else { return false };
    name == "mask" && !all.is_empty() && all.iter().all(serde_json::Value::is_null)
}

/// What a layer gives that is told to compute without masks, from what it gives with them dropped and with them: the masks that
/// Keras hands on are lost at this call.
pub(super) fn without_masks(inferred: Inferred, with_masks: &Inferred, at: usize) -> Inferred {
    let (Inferred::Known(found), Some(kept)) = (&inferred, with_masks.outputs()) else { return inferred };
    Inferred::Known(found.map(|i, spec| {
        let mask = if kept.get(i).mask == Mask::Absent { Mask::Absent } else { Mask::Lost(at) };
        TensorSpec { mask, ..spec }
    }))
}

/// Whether a graph is a chain, of which a summary does not say what is connected to what.
pub(super) fn is_chain(calls: &[Applied], resolved: &[Vec<Source>], inputs: &[InputInfo]) -> bool {
    let in_a_row = resolved.iter().enumerate().all(|(at, sources)| match sources.as_slice() {
        [Source::Input(_)] => at == 0,
        [Source::Node(node, _)] => at == node + 1,
        _ => false,
    });
    let mut layers: Vec<usize> = calls.iter().map(|call| call.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    in_a_row && layers.len() == calls.len() && inputs.len() == 1
}
