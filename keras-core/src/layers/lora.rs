//! LoRA in operations.

use keras_ops::{self as ops, Symbolic};
use keras_shape::Size;

use crate::model::Trace;

/// How often the product of the narrow matrices counts, if a layer has them.
pub(super) fn factor(rank: Option<Size>, alpha: Option<f64>) -> Option<f64> {
    let rank = rank?.known()? as f64;
    Some(alpha.unwrap_or(rank) / rank)
}

/// The kernel of a layer, to which the product of the matrices is added as often as it counts.
pub(super) fn kernel(rank: Option<Size>, alpha: Option<f64>, cx: &mut Trace<'_>) -> Symbolic {
    let kernel = cx.weight("kernel");
    let Some(factor) = factor(rank, alpha) else { return kernel };
    kernel + ops::matmul(cx.weight("lora_kernel_a"), cx.weight("lora_kernel_b")) * factor
}

/// What a layer without LoRA runs by; one with LoRA runs by its operations, `otherwise`.
pub(super) fn unless<T>(rank: Option<Size>, otherwise: T, plain: impl FnOnce() -> T) -> T {
    if rank.is_some() { otherwise } else { plain() }
}
