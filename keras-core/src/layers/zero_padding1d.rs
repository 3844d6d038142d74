use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ZeroPadding1D;

use super::Operations;
use super::images::sides;
use crate::Result;
use crate::model::Trace;

impl Operations for ZeroPadding1D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        Ok(vec![ops::pad(x, sides(x.ndim(), [self.padding], self.data_format).as_slice()).build()])
    }
}
