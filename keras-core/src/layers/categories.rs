//! What the layers share that make something of numbers of categories.

use keras_ops::{self as ops, DType, Operand, Symbolic};
use keras_shape::{Integers, OutputMode};

/// Numbers of `depth` categories as the mode has them. A number that is no category counts for nothing.
pub(super) fn encode(numbers: impl Operand, mode: OutputMode, depth: usize) -> Symbolic {
    let x = ops::cast(numbers, DType::Int32);
    match mode {
        OutputMode::Int => x,
        OutputMode::OneHot => {
            let rank = x.ndim();
            let alone = rank > 1 && x.shape()[rank - 1] == 1;
            ops::one_hot(if alone { ops::squeeze(x, -1) } else { x }, depth, -1)
        }
        OutputMode::MultiHot => ops::max(ops::one_hot(x, depth, -1), 1).build(),
        OutputMode::Count | OutputMode::TfIdf => ops::sum(ops::one_hot(x, depth, -1), 1).build(),
    }
}

/// The key that one or two numbers are.
pub(crate) fn key(salt: Option<Integers>) -> Option<[u64; 2]> {
    match salt?.0 {
        [one] => Some([*one as u64; 2]),
        [first, second, ..] => Some([*first as u64, *second as u64]),
        [] => None,
    }
}
