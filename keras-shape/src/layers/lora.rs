//! LoRA: a frozen kernel, and two narrow matrices whose product is trained in its place.

use super::check::tri;
use crate::geometry::positive;
use crate::{Constraint, Initializer, Regularizer, Shape, ShapeError, Size, Text, WeightSpec, Weights};

/// What is wrong with the arguments of LoRA of a layer whose kernel is held to `constraint`, its argument `held`.
pub(super) const fn check(
    class: &str,
    rank: Option<Size>,
    alpha: Option<f64>,
    constraint: Constraint,
    held: &'static str,
) -> Result<(), ShapeError> {
    let Some(rank) = rank else {
        if alpha.is_none() {
            return Ok(());
        }
        let text =
            Text::new().s(class).s(": `lora_alpha` says how much LoRA counts, which `lora_rank` asks for");
        return Err(ShapeError::new(text).help(Text::new().s("give `lora_rank` too")).arg("lora_alpha"));
    };
    tri!(positive(class, "lora_rank", rank));
    if matches!(constraint, Constraint::None) {
        return Ok(());
    }
    let text = Text::new()
        .s(class)
        .s(": with `lora_rank` the kernel is not trained, so `")
        .s(held)
        .s("` holds nothing");
    Err(ShapeError::new(text).help(Text::new().s("leave one of both out")).arg(held))
}

/// A kernel as LoRA leaves it, or as it is without.
pub(super) const fn kernel(
    spec: WeightSpec,
    rank: Option<Size>,
    regularizer: Regularizer,
    constraint: Constraint,
) -> WeightSpec {
    if rank.is_some() { spec.frozen() } else { spec.regularizer(regularizer).constraint(constraint) }
}

/// The narrow matrices of a kernel of this shape, behind the other weights.
pub(super) const fn and_matrices(
    weights: Weights,
    names: [&'static str; 2],
    kernel: &Shape,
    rank: Option<Size>,
    regularizer: Regularizer,
) -> Weights {
    let Some(rank) = rank else { return weights };
    let rank = rank.dim();
    let begins = Initializer::HeUniform { seed: None };
    let a = WeightSpec::new(names[0], kernel.with_last(rank), begins);
    let b = WeightSpec::new(names[1], Shape::new(&[rank, kernel.last()]), Initializer::Zeros);
    weights.with(a.regularizer(regularizer)).with(b.regularizer(regularizer))
}

/// The names of the matrices of a weight that is called `kernel`.
pub(super) const OF_KERNEL: [&str; 2] = ["lora_kernel_a", "lora_kernel_b"];
