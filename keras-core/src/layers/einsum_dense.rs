use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::EinsumDense;

use super::activate::activate;
use super::{Operations, lora};
use crate::Result;
use crate::model::Trace;

impl Operations for EinsumDense {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let kernel = lora::kernel(self.lora_rank, self.lora_alpha, cx);
        let mut y = ops::einsum(self.equation.0, &[&inputs[0], &kernel]);
        if self.bias_axes.is_some() {
            y = y + cx.weight("bias");
        }
        Ok(vec![activate(self.activation, y)])
    }
}
