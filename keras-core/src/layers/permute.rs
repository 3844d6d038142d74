use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Permute;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Permute {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let order: Vec<isize> = core::iter::once(0).chain(self.dims.list.iter().copied()).collect();
        Ok(vec![ops::transpose(&inputs[0], order)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::permute::choose(self, site))
    }
}
