//! A bound layer or block applied with arguments: `x => decoder_lstm(initial_state = [h, c])`.

use super::applied::Applied;
use super::{Bound, Resolver, TensorRef};
use crate::parse::{Argument, Call};

impl Resolver<'_> {
    /// The layers of the bound block that a call names, if it does.
    pub(super) fn shared(&self, call: &Call) -> Option<Vec<usize>> {
        match self.bound_at(&call.path) {
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
            let training = self.training_of(&call.args, &name);
            for layer in layers {
                let mut applied = self.applied.get(&layer).cloned().unwrap_or_default();
                applied.call.training = applied.call.training.or(training);
                inputs = vec![self.node(layer, inputs, applied, Some(call.span()))];
            }
            return inputs.first().copied().unwrap_or(TensorRef::Broken);
        };
        let applied = self.application(&call.args, *layer, Some(&name));
        self.node(*layer, inputs, applied, Some(call.span()))
    }

    /// What `training` is among the arguments of a block, which takes nothing else.
    fn training_of(&mut self, args: &[Argument], name: &str) -> Option<bool> {
        let mut applied = Applied::default();
        for arg in args {
            let is_training = arg.name.as_ref().is_some_and(|name| name == "training");
            if is_training && self.call_argument(arg, None, true, &mut applied) {
                continue;
            }
            let what = match &arg.name {
                Some(arg) => format!("`{arg}` is no argument of a block"),
                None => "a block takes its arguments by name".to_string(),
            };
            self.errors.over(
                &arg.tokens,
                format!("{what}: `{name}` is one of several layers, and takes `training` alone, as `x => {name}(training = false)`"),
            );
        }
        applied.call.training
    }
}
