//! Layers that compute in numbers of 16 bits: what they are given, their weights and what they give are rounded, and so are
//! the gradients of each; sums inside are of 32 bits.

use keras_kernels::half;
use keras_ops::Symbolic;
use keras_ops::custom::{CustomOp, Rounding, View, custom};
use keras_ops::graph::TensorSpec;
use keras_shape::Precision;

/// Each number as the nearest of 16 bits.
#[derive(Debug)]
struct Rounded(Precision);

impl CustomOp for Rounded {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<Vec<TensorSpec>, String> {
        Ok(vec![inputs[0].clone()])
    }

    fn compute(&self, inputs: &[View<'_>], outputs: &mut [&mut [f32]]) -> Result<(), String> {
        let round = match self.0 {
            Precision::Bfloat16 => half::bfloat16,
            Precision::Float16 => half::float16,
        };
        round(inputs[0].data, outputs[0]);
        Ok(())
    }

    fn rounds_to(&self) -> Option<Rounding> {
        Some(match self.0 {
            Precision::Float16 => Rounding::Float16,
            Precision::Bfloat16 => Rounding::Bfloat16,
        })
    }

    fn gradient(&self, _: &[Symbolic], _: &[Symbolic], dy: &[Option<Symbolic>]) -> Vec<Option<Symbolic>> {
        // The gradient of a number of 16 bits is one, too.
        vec![dy[0].as_ref().map(|dy| rounded(self.0, dy))]
    }
}

/// A tensor in these numbers; integers and truth values stay as they are.
pub(super) fn rounded(precision: Precision, x: &Symbolic) -> Symbolic {
    if !x.dtype().is_float() {
        return x.clone();
    }
    custom(Rounded(precision), &[x]).swap_remove(0)
}
