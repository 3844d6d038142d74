use keras_ops::{self as ops, Symbolic};
use keras_shape::MergeMode;
use keras_shape::layers::Bidirectional;

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
            sides.push(outputs.into_iter().map(|(y, _)| y).collect::<Vec<_>>());
        }
        let (mut back, mut y) = (sides.pop().unwrap_or_default(), sides.pop().unwrap_or_default());
        if directions.passes[0].return_sequences {
            // The backward layer gives its last step first.
            back[0] = ops::flip(&back[0], 1);
        }
        let (forward_last, backward_last) = (y.split_off(1), back.split_off(1));
        let mut outputs = match self.merge_mode {
            None => [y, back].concat(),
            Some(mode) => vec![merge(mode, &y[0], &back[0])],
        };
        outputs.extend(forward_last);
        outputs.extend(backward_last);
        Ok(outputs)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::bidirectional::choose(self, site))
    }
}

/// Puts the two directions together.
pub(super) fn merge(mode: MergeMode, forward: &Symbolic, backward: &Symbolic) -> Symbolic {
    match mode {
        MergeMode::Concat => ops::concatenate([forward, backward], -1),
        MergeMode::Sum => forward + backward,
        MergeMode::Mul => forward * backward,
        MergeMode::Ave => (forward + backward) / 2.0,
    }
}
