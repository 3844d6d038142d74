use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::AveragePooling3D;

use super::Operations;
use super::images::{border, format, numbers};
use crate::Result;
use crate::model::Trace;

impl Operations for AveragePooling3D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let call = ops::average_pool(&inputs[0], numbers(self.pool_size)).strides(numbers(self.steps()));
        Ok(vec![call.padding(border(self.padding)).data_format(format(self.data_format)).build()])
    }
}

super::operations!(AveragePooling3D);
