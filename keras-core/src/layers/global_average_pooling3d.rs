use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::GlobalAveragePooling3D;

use super::Operations;
use super::images::axes;
use crate::Result;
use crate::model::Trace;

impl Operations for GlobalAveragePooling3D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![ops::mean(&inputs[0], axes(3, self.data_format)).keepdims(self.keepdims).build()])
    }
}

super::operations!(GlobalAveragePooling3D);
