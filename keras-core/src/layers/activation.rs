use keras_ops::Symbolic;
use keras_shape::layers::Activation;

use super::Operations;
use super::activate::activate;
use crate::Result;
use crate::model::Trace;

impl Operations for Activation {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![activate(self.activation, &inputs[0])])
    }
}
