use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RNN;

use super::Operations;
use super::recurrent::pass;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for RNN {
    /// One pass over the sequence for each cell: what a cell is given at a step is what the cell before it gives there, so
    /// the numbers are those of all cells at every step.
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [sequence, states @ ..] = inputs else { return Err(Error::layer("`RNN` without an input")) };
        let (mut x, mut before, mut after) = (sequence.clone(), states, Vec::new());
        let mut mask = cx.mask(0);
        for i in 0..self.cells().len() {
            let Some(layer) = self.layer(i) else { return Err(Error::layer("`RNN` takes cells")) };
            let given = if before.is_empty() { 0 } else { layer.states };
            let (own, rest) = before.split_at(given.min(before.len()));
            let inputs = [core::slice::from_ref(&x), own].concat();
            let path = self.cell_path(i);
            let mut outputs =
                cx.with_first(path.as_str(), None, |cx| pass(layer, &inputs, mask.clone(), cx))?;
            after.extend(outputs.split_off(1));
            x = outputs.swap_remove(0);
            before = rest;
            if layer.go_backwards {
                // The step that is taken first is given first, and the cells behind it see them so.
                mask = mask.map(|mask| if mask.ndim() > 1 { ops::flip(&mask, 1) } else { mask });
            }
        }
        after.insert(0, x);
        Ok(after)
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rnn::choose(self, site))
    }
}
