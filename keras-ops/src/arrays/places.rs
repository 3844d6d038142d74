//! Finding places of elements, and setting the elements at places.

use super::gather::numbered_rows;
use crate::elementwise::{cast_to, equal, floats, greater, isfinite, less, less_equal, logical_and, where_};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::reduce::{max, sum};
use crate::shapes::{expand_dims, shaped};
use crate::symbolic::{mistaken, settled};
use crate::{Shape, Symbolic, ravel};

/// An [`isin`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct IsinCall {
    found: Symbolic,
}

impl Built<IsinCall> {
    /// Whether it tells the elements that are none of `x2`. It does not unless this is set.
    #[must_use]
    #[track_caller]
    pub fn invert(self, invert: bool) -> Self {
        let found = self.call.found.clone();
        Built::new(if invert { crate::logical_not(found) } else { found }, self.call)
    }
}

/// Whether each element of `x1` is one of `x2`. What Keras's `assume_unique` says changes nothing here.
/// [Keras](https://keras.io/api/ops/numpy/#isin-function).
#[track_caller]
pub fn isin(x1: impl Operand, x2: impl Operand) -> Built<IsinCall> {
    let (x, all) = (x1.symbolic(), ravel(x2));
    let found = match mistaken(&[&x, &all]) {
        Some(mistake) => mistake,
        None => crate::any(equal(expand_dims(x, -1), all), -1).build(),
    };
    Built::new(found.clone(), IsinCall { found })
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

/// A [`multi_hot`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct MultiHotCall {
    inputs: Symbolic,
    classes: usize,
}

impl Built<MultiHotCall> {
    /// The axis along which the classes stand before the second axis is taken together. The last unless set.
    #[must_use]
    #[track_caller]
    pub fn axis(self, axis: isize) -> Self {
        let x = &self.call.inputs;
        let value = if x.is_mistake() {
            x.clone()
        } else {
            let each = crate::one_hot(x, self.call.classes, axis);
            max(each, isize::from(x.ndim() > 1)).build()
        };
        Built::new(value, self.call)
    }
}

/// For each sample a vector with ones at the places of its class numbers: `(batch, n)` gives `(batch, num_classes)`. Of more axes
/// the second is the one that is taken together, of one axis the only one.
/// [Keras](https://keras.io/api/ops/nn/#multihot-function).
#[track_caller]
pub fn multi_hot(inputs: impl Operand, num_classes: usize) -> Built<MultiHotCall> {
    let call = MultiHotCall { inputs: inputs.symbolic(), classes: num_classes };
    Built::new(call.inputs.clone(), call).axis(-1)
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

/// How [`scatter_update`] puts what is there and what comes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScatterReduction {
    /// Their sum.
    Add,
    /// The larger one.
    Max,
    /// The smaller one.
    Min,
    /// Their product.
    Mul,
}

/// A [`scatter_update`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct ScatterUpdateCall {
    inputs: Symbolic,
    indices: Symbolic,
    updates: Symbolic,
}

impl ScatterUpdateCall {
    #[track_caller]
    fn value(&self, reduction: ScatterReduction) -> Result<Symbolic, Problem> {
        let (x, updates) = (&self.inputs, cast_to(&self.updates, self.inputs.dtype()));
        let (number, to) = numbered_rows(&self.indices, x.shape())?;
        let lead = self.indices.ndim() - 1;
        let count = number.shape().size();
        let rows: Shape = core::iter::once(count).chain(to[1..].iter().copied()).collect();
        if updates.shape()[..] != [&self.indices.shape()[..lead], &to[1..]].concat() {
            let (of, inputs) = (updates.shape(), x.shape());
            let text =
                format!("updates {of} are no rows of inputs {inputs} at indices {}", self.indices.shape());
            return Err(Problem::Argument(text));
        }
        let (updates, number) = (shaped(&updates, rows, "reshape"), ravel(number));
        let of = |f: fn(Symbolic, Symbolic, usize) -> Symbolic| {
            shaped(&f(updates.clone(), number.clone(), to[0]), x.shape().clone(), "reshape")
        };
        Ok(match reduction {
            ScatterReduction::Add => x + of(crate::segment_sum),
            ScatterReduction::Max => crate::maximum(x, of(crate::segment_max)),
            ScatterReduction::Min => crate::minimum(x, of(crate::segment_min)),
            ScatterReduction::Mul => x * of(crate::segment_prod),
        })
    }
}

impl Built<ScatterUpdateCall> {
    /// Puts what is there and what comes together, of one place as often as it is named. What is there is replaced unless this is
    /// set.
    #[must_use]
    #[track_caller]
    pub fn reduction(self, reduction: ScatterReduction) -> Self {
        let call = &self.call;
        let value = match mistaken(&[&call.inputs, &call.indices, &call.updates]) {
            Some(mistake) => mistake,
            None => settled("scatter_update", call.value(reduction)),
        };
        Built::new(value, self.call)
    }
}

/// `inputs` with `updates` in the place of the elements at `indices (n, axes)`, each place once.
/// [Keras](https://keras.io/api/ops/core/#scatterupdate-function).
#[track_caller]
pub fn scatter_update(
    inputs: impl Operand,
    indices: impl Operand,
    updates: impl Operand,
) -> Built<ScatterUpdateCall> {
    let (inputs, indices, updates) = (inputs.symbolic(), indices.symbolic(), updates.symbolic());
    let value = match mistaken(&[&inputs, &indices, &updates]) {
        Some(mistake) => mistake,
        None => {
            let ones = crate::broadcast_to(1, updates.shape());
            let hit = crate::scatter(&indices, ones, inputs.shape());
            let new = crate::scatter(&indices, cast_to(&updates, inputs.dtype()), inputs.shape());
            where_(greater(hit, 0), new, &inputs)
        }
    };
    Built::new(value, ScatterUpdateCall { inputs, indices, updates })
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
        let inside = crate::pad(crate::broadcast_to(1, part), around.clone()).build();
        let new = crate::pad(cast_to(&new, x.dtype()), around).build();
        Ok(where_(equal(inside, 1), new, &x))
    };
    settled("slice_update", made())
}
