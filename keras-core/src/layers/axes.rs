//! Axes by Python's numbers.

use keras_ops::{self as ops, Symbolic};

use crate::{Error, Result};

/// Which axes Python's axis numbers mean, in ascending order.
pub(super) fn chosen(axes: &[isize], rank: usize) -> Result<Vec<usize>> {
    let at = |axis: &isize| usize::try_from(if *axis < 0 { axis + rank as isize } else { *axis });
    let mut chosen: Vec<usize> =
        axes.iter().filter_map(|axis| at(axis).ok().filter(|at| *at < rank)).collect();
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() || chosen.len() != axes.len() {
        return Err(Error::layer(format!("{axes:?} are not axes of a tensor of rank {rank}")));
    }
    Ok(chosen)
}

/// The order that undoes another.
pub(super) fn inverse(order: &[usize]) -> Vec<usize> {
    let mut back = vec![0; order.len()];
    for (to, from) in order.iter().enumerate() {
        back[*from] = to;
    }
    back
}

/// A weight with a number for each of these axes of `x`, in their order, as it fits `x`.
pub(super) fn broadcast(weight: &Symbolic, axes: &[isize], x: &Symbolic) -> Symbolic {
    let rank = x.ndim() as isize;
    let has = |axis: isize| axes.iter().any(|own| *own == axis || *own + rank == axis);
    let length = |axis: isize| if has(axis) { x.shape()[axis as usize] as isize } else { 1 };
    ops::reshape(weight, (0..rank).map(length).collect::<Vec<_>>())
}
