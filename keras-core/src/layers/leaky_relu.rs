use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::LeakyReLU;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for LeakyReLU {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![ops::leaky_relu(&inputs[0], self.negative_slope as f32)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rectifiers::leaky_relu(self, site))
    }
}
