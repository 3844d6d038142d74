use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::AdaptiveMaxPooling1D;

use super::Operations;
use super::images::{format, numbers};
use crate::Result;
use crate::model::Trace;

impl Operations for AdaptiveMaxPooling1D {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let call = ops::adaptive_max_pool(&inputs[0], numbers(self.output_size));
        Ok(vec![call.data_format(format(self.data_format)).build()])
    }
}

super::operations!(AdaptiveMaxPooling1D);
