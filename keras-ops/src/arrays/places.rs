//! Finding places of elements, and setting the elements at places.

use crate::elementwise::{cast_to, equal, floats, greater, isfinite, less, less_equal, logical_and, where_};
use crate::error::Problem;
use crate::operand::Operand;
use crate::reduce::{max, sum};
use crate::shapes::expand_dims;
use crate::symbolic::{mistaken, settled};
use crate::{Shape, Symbolic, ravel};

/// Whether each element of `x1` is one of `x2`.
#[track_caller]
pub fn isin(x1: impl Operand, x2: impl Operand) -> Symbolic {
    let (x, all) = (x1.symbolic(), ravel(x2));
    if let Some(mistake) = mistaken(&[&x, &all]) {
        return mistake;
    }
    crate::any(equal(expand_dims(x, -1), all), -1).build()
}

/// For each element of `values` the first place in `sorted_sequence (n,)`, which ascends, that is not below it; that is
/// above it with `right`.
#[track_caller]
pub fn searchsorted(sorted_sequence: impl Operand, values: impl Operand, right: bool) -> Symbolic {
    let (sorted, values) = (sorted_sequence.symbolic(), values.symbolic());
    if let Some(mistake) = mistaken(&[&sorted, &values]) {
        return mistake;
    }
    if sorted.ndim() != 1 {
        let shape = sorted.shape().clone();
        return Symbolic::mistake(
            "searchsorted",
            Problem::Rank { of: "sorted_sequence", shape, expected: "1 axis" },
        );
    }
    let value = expand_dims(values, -1);
    let before = if right { less_equal(sorted, value) } else { less(sorted, value) };
    sum(before, -1).build()
}

/// For each element the number of its bin: how many of `bins (n,)`, which ascend, are not above it.
#[track_caller]
pub fn digitize(x: impl Operand, bins: impl Operand) -> Symbolic {
    searchsorted(bins, x, true)
}

/// The places along each axis of `shape` of elements by their numbers in a row.
#[track_caller]
pub fn unravel_index(indices: impl Operand, shape: impl Into<Shape>) -> Vec<Symbolic> {
    let (x, shape) = (indices.symbolic(), shape.into());
    let strides = shape.strides();
    let size = shape.size() as i32;
    let from_0 = where_(less(&x, 0), &x + size, &x);
    let place =
        |axis: usize| crate::mod_(crate::floor_divide(&from_0, strides[axis] as i32), shape[axis] as i32);
    (0..shape.rank()).map(place).collect()
}

/// For each row a vector with ones at the places of its class numbers: `(..., n)` gives `(..., num_classes)`.
#[track_caller]
pub fn multi_hot(inputs: impl Operand, num_classes: usize) -> Symbolic {
    let x = inputs.symbolic();
    if x.is_mistake() {
        return x;
    }
    let each = crate::one_hot(&x, num_classes, -1);
    if x.ndim() == 0 { each } else { max(each, -2).build() }
}

/// Whether the class `targets (...)` is among the `k` largest of `predictions (..., classes)`: none larger than `k` before it.
#[track_caller]
pub fn in_top_k(targets: impl Operand, predictions: impl Operand, k: usize) -> Symbolic {
    let (targets, x) = (targets.symbolic(), floats(predictions));
    if let Some(mistake) = mistaken(&[&targets, &x]) {
        return mistake;
    }
    if x.ndim() == 0 || targets.shape()[..] != x.shape()[..x.ndim() - 1] {
        let (x, targets) = (x.shape(), targets.shape());
        let text = format!("targets {targets} and predictions {x} must be (batch,) and (batch, classes)");
        return Symbolic::mistake("in_top_k", Problem::Argument(text));
    }
    let own = crate::take_along_axis(&x, expand_dims(&targets, -1), -1);
    let above = sum(greater(&x, &own), -1).build();
    logical_and(less(above, k as i32), isfinite(crate::squeeze(own, -1)))
}

/// `inputs` with `updates` in the place of the elements at `indices (n, axes)`, each place once.
#[track_caller]
pub fn scatter_update(inputs: impl Operand, indices: impl Operand, updates: impl Operand) -> Symbolic {
    let (x, indices, updates) = (inputs.symbolic(), indices.symbolic(), updates.symbolic());
    if let Some(mistake) = mistaken(&[&x, &indices, &updates]) {
        return mistake;
    }
    let hit = crate::scatter(&indices, crate::full(updates.shape(), 1), x.shape());
    let new = crate::scatter(indices, cast_to(&updates, x.dtype()), x.shape());
    where_(greater(hit, 0), new, x)
}

/// `inputs` with `updates` in the place of the elements from `start_indices` on.
#[track_caller]
pub fn slice_update(
    inputs: impl Operand,
    start_indices: impl AsRef<[usize]>,
    updates: impl Operand,
) -> Symbolic {
    let (x, start, new) = (inputs.symbolic(), start_indices.as_ref(), updates.symbolic());
    if let Some(mistake) = mistaken(&[&x, &new]) {
        return mistake;
    }
    let made = || {
        let (shape, part) = (x.shape(), new.shape());
        let fits = start.len() == shape.rank() && part.rank() == shape.rank();
        if !fits || (0..shape.rank()).any(|k| start[k] + part[k] > shape[k]) {
            return Err(Problem::Argument(format!(
                "updates {part} from {start:?} on do not lie in inputs {shape}"
            )));
        }
        let around: Vec<(usize, usize)> =
            (0..shape.rank()).map(|k| (start[k], shape[k] - start[k] - part[k])).collect();
        let inside = crate::pad(crate::full(part, 1), around.clone()).build();
        let new = crate::pad(cast_to(&new, x.dtype()), around).build();
        Ok(where_(equal(inside, 1), new, &x))
    };
    settled("slice_update", made())
}
