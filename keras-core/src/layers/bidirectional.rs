use keras_ops::{self as ops, Symbolic};
use keras_shape::MergeMode;
use keras_shape::layers::{Bidirectional, Pass};

use super::Operations;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for Bidirectional {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let directions = self.directions().map_err(|e| Error::layer(e.to_string()))?;
        let [sequence, states @ ..] = inputs else {
            return Err(Error::layer("`Bidirectional` without an input"));
        };
        // States of the forward layer come first.
        let (forward, backward) = states.split_at(directions.passes[0].states.min(states.len()));
        let mask = cx.mask(0);
        let mut sides = Vec::new();
        for ((layer, name), states) in
            directions.layers.iter().zip(self.inner_names()).zip([forward, backward])
        {
            let inputs = [core::slice::from_ref(sequence), states].concat();
            let mut masks = vec![None; inputs.len()];
            masks[0].clone_from(&mask);
            let outputs = cx.within(name.as_str(), layer, &inputs, &masks)?;
            let mut outputs: Vec<Symbolic> = outputs.into_iter().map(|(y, _)| y).collect();
            if let (Some(pass), Some(mask)) = (layer.pass().filter(|pass| !pass.zero_output_for_mask), &mask)
            {
                outputs[0] = counted(&pass, &outputs[0], mask);
            }
            sides.push(outputs);
        }
        let (back, y) = (sides.pop().unwrap_or_default(), sides.pop().unwrap_or_default());
        Ok(joined(self.merge_mode, directions.passes[0].return_sequences, y, back))
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::bidirectional::choose(self, site))
    }
}

/// Of a sequence that a layer gives: zeros at the steps that do not count, where the layer itself does not see to that. Keras has
/// them zero of every layer in a `Bidirectional`.
fn counted(pass: &Pass, y: &Symbolic, mask: &Symbolic) -> Symbolic {
    if !pass.return_sequences {
        return y.clone();
    }
    let counts = if pass.go_backwards { ops::flip(mask, 1) } else { mask.clone() };
    let counts = (counts.ndim()..y.ndim()).fold(counts, |counts, _| ops::expand_dims(counts, -1));
    ops::where_(counts, y, 0.0)
}

/// What the two directions give, each its output and then its last states, as one layer gives it.
pub(super) fn joined(
    merge_mode: Option<MergeMode>,
    return_sequences: bool,
    mut forward: Vec<Symbolic>,
    mut backward: Vec<Symbolic>,
) -> Vec<Symbolic> {
    if return_sequences {
        // The backward layer gives its last step first.
        backward[0] = ops::flip(&backward[0], 1);
    }
    let states = [forward.split_off(1), backward.split_off(1)].concat();
    let mut outputs = match merge_mode {
        None => [forward, backward].concat(),
        Some(mode) => vec![merge(mode, &forward[0], &backward[0])],
    };
    outputs.extend(states);
    outputs
}

/// Puts the two directions together.
fn merge(mode: MergeMode, forward: &Symbolic, backward: &Symbolic) -> Symbolic {
    match mode {
        MergeMode::Concat => ops::concatenate([forward, backward], -1),
        MergeMode::Sum => forward + backward,
        MergeMode::Mul => forward * backward,
        MergeMode::Ave => (forward + backward) / 2.0,
    }
}
