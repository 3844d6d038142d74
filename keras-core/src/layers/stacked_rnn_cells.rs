use keras_ops::Symbolic;
use keras_shape::layers::StackedRNNCells;

use super::Operations;
use super::recurrent::step;
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for StackedRNNCells {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [x, states @ ..] = inputs else { return Err(Error::layer("`StackedRNNCells` without an input")) };
        let (mut x, mut before, mut after) = (x.clone(), states, Vec::new());
        for (name, cell) in self.named_cells() {
            let (own, rest) = before.split_at(cell.states.min(before.len()));
            let inputs = [core::slice::from_ref(&x), own].concat();
            let mut outputs = cx.with_first(name.as_str(), None, |cx| step(cell, &inputs, cx))?;
            after.extend(outputs.split_off(1));
            x = outputs.swap_remove(0);
            before = rest;
        }
        after.insert(0, x);
        Ok(after)
    }
}
