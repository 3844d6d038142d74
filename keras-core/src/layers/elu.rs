use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ELU;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for ELU {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![ops::elu(&inputs[0], self.alpha as f32)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rectifiers::elu(self, site))
    }
}
