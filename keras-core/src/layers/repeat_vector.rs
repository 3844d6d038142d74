use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RepeatVector;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for RepeatVector {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![ops::repeat(ops::expand_dims(&inputs[0], 1), self.n.or(1), 1)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::repeat_vector::choose(site))
    }
}
