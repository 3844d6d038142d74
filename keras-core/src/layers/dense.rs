use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Dense;

use super::Operations;
use super::activate::activate;
use crate::Result;
use crate::model::Trace;

impl Operations for Dense {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let y = ops::matmul(&inputs[0], cx.weight("kernel"));
        let y = if self.use_bias { y + cx.weight("bias") } else { y };
        Ok(vec![activate(self.activation, y)])
    }
}
