//! What a call of a layer says beside its tensors: `x => dropout(training = true)`.

use crate::{ComputePolicy, LayerConfig, Precision, QuantizedInputs};

/// What a call of a layer says beside its tensors, where it says anything.
///
/// Keras gives these where a layer is applied, so each application of a shared layer may have its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallArgs {
    /// Whether the layer computes as it does in training, whatever the model does.
    pub training: Option<bool>,
    /// Whether an attention layer gives its scores as a second output.
    pub return_attention_scores: Option<bool>,
    /// Whether an attention layer lets a step look only at itself and at those before it.
    pub use_causal_mask: Option<bool>,
    /// Whether an embedding goes back from vectors to ids.
    pub reverse: Option<bool>,
    /// The numbers of 16 bits in which the layer computes, if its `dtype` says so.
    pub precision: Option<Precision>,
    /// How the layer rounds what it multiplies, if its file says that it is quantized.
    pub quantized: Option<QuantizedInputs>,
    /// Whether a recurrent layer of Keras 2 gives zeros at steps that are masked before the first that counts.
    pub zeros_first: bool,
}

impl CallArgs {
    /// A call that says nothing.
    pub const NONE: CallArgs = CallArgs {
        training: None,
        return_attention_scores: None,
        use_causal_mask: None,
        reverse: None,
        precision: None,
        quantized: None,
        zeros_first: false,
    };

    /// The names of the arguments that are `true` or `false`, and of no tensor.
    pub const NAMES: [&str; 4] = ["training", "return_attention_scores", "use_causal_mask", "reverse"];

    /// Sets an argument by its name; `None` leaves it to the layer or the model.
    pub fn set(&mut self, name: &str, value: Option<bool>) {
        match name {
            "training" => self.training = value,
            "return_attention_scores" => self.return_attention_scores = value,
            "use_causal_mask" => self.use_causal_mask = value,
            "reverse" => self.reverse = value,
            _ => {}
        }
    }

    /// The numbers in which the layer computes, and what it does as Keras did once.
    pub const fn policy(&self) -> ComputePolicy {
        ComputePolicy { precision: self.precision, quantized: self.quantized, zeros_first: self.zeros_first }
    }

    /// Whether it changes what the layer's rule says of shapes.
    pub const fn changes_config(&self) -> bool {
        self.return_attention_scores.is_some() || self.use_causal_mask.is_some() || self.reverse.is_some()
    }

    /// The layer as this call runs it: its own arguments, with those of the call in their place. It is for constants; see
    /// [`LayerConfig::at_run_time`].
    pub const fn of(&self, config: LayerConfig) -> LayerConfig {
        match self.flags() {
            Some(flags) => config.with_flags(&flags),
            None => config,
        }
    }

    /// The arguments of the layer that this call sets, if it sets any.
    pub(crate) const fn flags(&self) -> Option<Flags> {
        if !self.changes_config() {
            return None;
        }
        Some(Flags {
            return_attention_scores: self.return_attention_scores,
            use_causal_mask: self.use_causal_mask,
            reverse: self.reverse,
            ..Flags::NONE
        })
    }
}

/// Arguments of layers that are `true` or `false`, and that something else than the layer itself may set: a call, or a
/// wrapper. A layer that has no argument of the name stays as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    pub go_backwards: Option<bool>,
    pub return_attention_scores: Option<bool>,
    pub reverse: Option<bool>,
    pub use_causal_mask: Option<bool>,
    pub zero_output_for_mask: Option<bool>,
}

impl Flags {
    /// None of them.
    pub const NONE: Flags = Flags {
        go_backwards: None,
        return_attention_scores: None,
        reverse: None,
        use_causal_mask: None,
        zero_output_for_mask: None,
    };
}

impl LayerConfig {
    /// Whether a call takes this argument, which is `true` or `false`. Every layer of Keras takes `training`, and most
    /// compute the same with it.
    pub fn takes_flag(&self, name: &str) -> bool {
        match name {
            "training" => true,
            "return_attention_scores" | "use_causal_mask" | "reverse" => {
                self.args().iter().any(|argument| argument.name == name)
            }
            _ => false,
        }
    }

    /// The arguments of a call of this layer, for messages.
    pub fn call_arguments(&self) -> Vec<&'static str> {
        use crate::Role::{AttentionMask, CountWeights, InitialState, KeyMask, Mask, QueryMask, ValueMask};
        let roles = [InitialState, Mask, QueryMask, ValueMask, KeyMask, AttentionMask, CountWeights];
        // Of attention layers that take a list of masks, one by name is a part of that list.
        let tensors =
            roles.into_iter().filter(|role| self.takes(*role) && !(self.masks_in_a_list() && *role != Mask));
        let flags = CallArgs::NAMES.into_iter().filter(|name| self.takes_flag(name));
        let inputs = self.facts().named_inputs.iter().copied();
        inputs.chain(tensors.map(crate::Role::name)).chain(flags).collect()
    }
}
