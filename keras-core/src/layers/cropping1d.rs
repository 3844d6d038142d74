use keras_ops::Symbolic;
use keras_shape::layers::Cropping1D;

use super::Operations;
use super::images::{cropped, sides};
use crate::Result;
use crate::model::Trace;

impl Operations for Cropping1D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        Ok(vec![cropped(x, &sides(x.ndim(), [self.cropping], None))])
    }
}
