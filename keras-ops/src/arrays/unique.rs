//! The different elements of a tensor.

use super::gather::{take, take_along_axis};
use super::sort::argsort;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::strided::sliced;
use crate::symbolic::settled;
use crate::{
    DType, Symbolic, arange, broadcast_to, cast, concatenate, cumsum, less, not_equal, ravel, scatter,
    segment_min, where_,
};

/// A [`unique`] before its optional argument is set, and what else it finds.
#[derive(Clone, Debug)]
pub struct UniqueCall {
    x: Symbolic,
    size: usize,
    /// Of elements that there are.
    ordered: Option<Ordered>,
}

#[derive(Clone, Debug)]
struct Ordered {
    /// The places of the elements in ascending order.
    order: Symbolic,
    /// The elements in that order.
    sorted: Symbolic,
    /// For each of these which of the different ones it is.
    ranks: Symbolic,
}

impl Ordered {
    #[track_caller]
    fn of(x: &Symbolic) -> Ordered {
        let order = argsort(x, 0);
        let sorted = take_along_axis(x, &order, 0);
        let n = sorted.shape()[0];
        let differs = not_equal(sliced(&sorted, 0, 1, 1, n - 1), sliced(&sorted, 0, 0, 1, n - 1));
        let first = crate::cast(crate::zeros([1]), DType::Int32);
        let ranks = cumsum(concatenate([first, cast(differs, DType::Int32)], 0), 0);
        Ordered { order, sorted, ranks }
    }
}

impl UniqueCall {
    #[track_caller]
    fn value(&self, fill_value: Option<&Symbolic>) -> Result<Symbolic, Problem> {
        let n = self.x.shape()[0];
        let Some(Ordered { sorted, ranks, .. }) = &self.ordered else {
            let text = format!("the {n} elements of x have no {} different ones", self.size);
            return Err(Problem::Argument(text));
        };
        let least = take(sorted, 0, 0);
        let fill = fill_value.map_or(least, |fill| cast(fill, sorted.dtype()));
        let count = take(ranks, n as i32 - 1, 0) + 1;
        let exists = less(arange(0, self.size as i32, 1), count);
        Ok(where_(exists, segment_min(sorted, ranks, self.size), fill))
    }
}

impl Built<UniqueCall> {
    /// Nothing of a mistake.
    fn ordered(&self) -> Option<&Ordered> {
        self.call.ordered.as_ref().filter(|_| !self.is_mistake())
    }

    /// What stands where there are fewer different elements than asked for: the smallest one unless set.
    #[must_use]
    #[track_caller]
    pub fn fill_value(self, fill_value: impl Operand) -> Self {
        let fill = fill_value.symbolic();
        let x = &self.call.x;
        let value = if x.is_mistake() { x.clone() } else { settled("unique", self.call.value(Some(&fill))) };
        Built::new(value, self.call)
    }

    /// How often each comes, 0 of those that fill the rest: Keras's `return_counts`.
    #[must_use]
    #[track_caller]
    pub fn counts(&self) -> Symbolic {
        let Some(Ordered { ranks, .. }) = self.ordered() else { return self.symbolic() };
        crate::segment_sum(broadcast_to(1, ranks.shape()), ranks, self.call.size)
    }

    /// Which of the different ones each element of `x` as one row is: Keras's `return_inverse`.
    #[must_use]
    #[track_caller]
    pub fn inverse(&self) -> Symbolic {
        let Some(Ordered { order, ranks, .. }) = self.ordered() else { return self.symbolic() };
        scatter(crate::expand_dims(order, -1), ranks, order.shape().clone())
    }

    /// The place of the first of each in `x` as one row: Keras's `return_index`. Of those that fill the rest it is that of the
    /// smallest one.
    #[must_use]
    #[track_caller]
    pub fn index(&self) -> Symbolic {
        let Some(Ordered { order, ranks, .. }) = self.ordered() else { return self.symbolic() };
        let first = segment_min(order, ranks, self.call.size);
        where_(crate::equal(&first, i32::MAX), take(order, 0, 0), first)
    }
}

/// The first `size` different elements in ascending order, of `x` as one row. How many there are depends on data, and shapes do not:
/// `size` is Keras's argument of this name, which its compiled code needs too.
/// [Keras](https://keras.io/api/ops/numpy/#unique-function).
#[track_caller]
pub fn unique(x: impl Operand, size: usize) -> Built<UniqueCall> {
    let x = ravel(x);
    let x = if x.dtype() == DType::Bool { cast(x, DType::Int32) } else { x };
    let ordered = (!x.is_mistake() && x.shape()[0] > 0 && size > 0).then(|| Ordered::of(&x));
    let call = UniqueCall { x, size, ordered };
    let x = &call.x;
    let value = if x.is_mistake() { x.clone() } else { settled("unique", call.value(None)) };
    Built::new(value, call)
}
