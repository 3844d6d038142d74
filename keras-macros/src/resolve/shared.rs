//! A bound layer applied with tensors by name: `x => decoder_lstm(initial_state = [h, c])`.

use keras_shape::{Arg, Role};
use proc_macro2::Ident;

use super::{Bound, Kind, Resolver, TensorRef};
use crate::parse::Call;

impl Resolver<'_> {
    /// The layers of the bound block that a call names, if it does.
    pub(super) fn shared(&self, call: &Call) -> Option<Vec<usize>> {
        match self.scope.get(&call.path.get_ident()?.to_string()) {
            Some(Bound::Block(layers, _)) => Some(layers.clone()),
            _ => None,
        }
    }

    /// Applies a bound layer to tensors, and to those among its arguments.
    pub(super) fn apply_with(
        &mut self,
        layers: Vec<usize>,
        call: &Call,
        mut inputs: Vec<TensorRef>,
    ) -> TensorRef {
        let name = call.name();
        self.named(&call.path, None);
        let [layer] = layers.as_slice() else {
            if !call.args.is_empty() {
                self.errors.at(
                    call.span(),
                    format!("`{name}` is a block of several layers, which takes no arguments: `x => {name}`"),
                );
            }
            for layer in layers {
                inputs = vec![self.apply(layer, inputs, Some(call.span()))];
            }
            return inputs.first().copied().unwrap_or(TensorRef::Broken);
        };
        let mut named = self.named.get(layer).cloned().unwrap_or_default();
        let mut drop_mask = self.drops.contains_key(layer);
        for arg in &call.args {
            let key = arg.name.as_ref().map(Ident::to_string);
            if key.as_deref() == Some("mask") && arg.value == Arg::None {
                drop_mask = true;
                continue;
            }
            let role = key.as_deref().and_then(Role::from_name);
            let config = match &self.graph.layers[*layer].kind {
                Kind::Keras { config, .. } => Some(*config),
                _ => None,
            };
            match (role, config) {
                (Some(role), Some(config)) => {
                    drop_mask |= role == Role::Mask && config.masks_in_a_list();
                    let tensors = self.named_tensors(&arg.value, arg.span, &config, role);
                    named.retain(|(other, _)| tensors.iter().all(|(role, _)| role != other));
                    named.extend(tensors);
                }
                _ => {
                    let class = self.graph.layers[*layer].class();
                    let class = if class.is_empty() { "the layer".to_string() } else { class };
                    self.errors.over(
                        &arg.tokens,
                        format!(
                            "`{name}` is a layer that is made already: only tensors are given where it is applied, as `initial_state = [h, c]`\nhelp: other arguments stand where {class} is bound, as `let {name} = {class}(...);`"
                        ),
                    );
                }
            }
        }
        named.sort_by_key(|(role, _)| role.name());
        self.node(*layer, inputs, &named, drop_mask, Some(call.span()))
    }
}
