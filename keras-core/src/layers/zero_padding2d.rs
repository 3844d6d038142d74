use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ZeroPadding2D;

use super::Operations;
use super::images::sides;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for ZeroPadding2D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        Ok(vec![ops::pad(x, sides(x.ndim(), self.padding.0, self.data_format).as_slice()).build()])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rearrange::zero_padding2d(self, site))
    }
}
