use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::EinsumDense;

use super::Operations;
use super::activate::activate;
use crate::Result;
use crate::model::Trace;

impl Operations for EinsumDense {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let mut kernel = cx.weight("kernel");
        if let Some(rank) = self.lora_rank.and_then(|rank| rank.known()) {
            let factor = self.lora_alpha.unwrap_or(rank as f64) / rank as f64;
            kernel = kernel + ops::matmul(cx.weight("lora_kernel_a"), cx.weight("lora_kernel_b")) * factor;
        }
        let mut y = ops::einsum(self.equation.0, &[&inputs[0], &kernel]);
        if self.bias_axes.is_some() {
            y = y + cx.weight("bias");
        }
        Ok(vec![activate(self.activation, y)])
    }
}
