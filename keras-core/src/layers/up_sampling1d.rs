use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::UpSampling1D;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for UpSampling1D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![ops::repeat(&inputs[0], self.size.or(1), 1)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::up_sampling::choose(&keras_shape::Ints([self.size]), None, site))
    }
}
