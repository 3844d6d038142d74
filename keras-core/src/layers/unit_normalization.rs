use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::UnitNormalization;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for UnitNormalization {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let squares = ops::sum(ops::square(x), self.axis.list).keepdims(true);
        // As Keras bounds it: a norm of 1e-12 at least.
        Ok(vec![x * ops::minimum(ops::rsqrt(squares), 1e12)])
    }
}
