//! Places and quantiles of what is no NaN, and sequences of a signal.

use super::gather::{take, take_along_axis};
use super::sort::{argmax, argmin, sort};
use super::statistics::{Quantiles, axis_of_part};
use crate::elementwise::{cast_to, equal, floats, floor, isnan, logical_not, maximum, minimum, where_};
use crate::error::Problem;
use crate::operand::Operand;
use crate::reduce::{all, sum};
use crate::symbolic::settled;
use crate::{DType, Symbolic, array, ravel, squeeze, stack};

/// The place of the largest element that is no NaN, along an axis or of all; -1 where there is none.
#[track_caller]
pub fn nanargmax(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (floats(x), axis.into());
    place(argmax(where_(isnan(&x), f32::NEG_INFINITY, &x), axis).build(), &x, axis)
}

/// The place of the smallest element that is no NaN, along an axis or of all; -1 where there is none.
#[track_caller]
pub fn nanargmin(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (floats(x), axis.into());
    place(argmin(where_(isnan(&x), f32::INFINITY, &x), axis).build(), &x, axis)
}

#[track_caller]
fn place(found: Symbolic, x: &Symbolic, axis: Option<isize>) -> Symbolic {
    let none = match axis {
        Some(axis) => all(isnan(x), axis).build(),
        None => all(isnan(x), None).build(),
    };
    where_(none, -1, found)
}

/// [`quantile`](crate::quantile) of the elements that are no NaN; NaN where there is none.
#[track_caller]
pub fn nanquantile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, q, axis) = (floats(x), q.into(), axis.into());
    q.each(|q| of_numbers(&x, q, axis))
}

/// [`nanquantile`] in percent.
#[track_caller]
pub fn nanpercentile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Option<isize>>) -> Symbolic {
    nanquantile(x, q.into().of_hundred(), axis)
}

/// The element in the middle of those along `axis` that are no NaN; the mean of the two there are.
#[track_caller]
pub fn nanmedian(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    nanquantile(x, 0.5f32, axis)
}

#[track_caller]
fn of_numbers(x: &Symbolic, q: f32, axis: Option<isize>) -> Symbolic {
    if x.is_mistake() {
        return x.clone();
    }
    let (x, axis) = match axis {
        Some(axis) => (x.clone(), axis),
        None => (ravel(x), 0),
    };
    let made = || {
        let at = axis_of_part(&x, q, axis)?;
        // NaN stand last in order.
        let (sorted, at) = (sort(&x, axis), at as isize);
        let count = cast_to(
            &sum(cast_to(&logical_not(isnan(&x)), DType::Int32), at).keepdims(true).build(),
            DType::Float32,
        );
        let last = maximum(count - 1.0, 0.0);
        let exact = &last * q;
        let low = floor(&exact);
        let part = exact - &low;
        let element = |i: &Symbolic| take_along_axis(&sorted, cast_to(i, DType::Int32), at);
        let (below, above) = (element(&low), element(&minimum(&low + 1.0, &last)));
        let y = where_(equal(&part, 0.0), &below, &below * (1.0 - &part) + above * &part);
        Ok(squeeze(y, at))
    };
    settled("nanquantile", made())
}

/// Windows of the last axis, one behind the other: `(..., windows, sequence_length)`, `sequence_stride` elements apart. What is
/// left at the end is in none.
#[track_caller]
pub fn extract_sequences(x: impl Operand, sequence_length: usize, sequence_stride: usize) -> Symbolic {
    let x = x.symbolic();
    if x.is_mistake() {
        return x;
    }
    let made = || {
        let n = x.shape().last().copied().unwrap_or(0);
        if sequence_length == 0 || sequence_stride == 0 || sequence_length > n {
            let text = format!(
                "sequences of {sequence_length} elements, {sequence_stride} apart, of {n}: both are at least 1, and a sequence fits in"
            );
            return Err(Problem::Argument(text));
        }
        let count = (n - sequence_length) / sequence_stride + 1;
        let places =
            (0..count).flat_map(|i| (0..sequence_length).map(move |j| (i * sequence_stride + j) as i32));
        Ok(take(&x, array(&places.collect::<Vec<i32>>(), [count, sequence_length]), -1))
    };
    settled("extract_sequences", made())
}

impl Quantiles {
    /// What is made of each; of a list they stand along a new first axis.
    #[track_caller]
    pub(super) fn each(&self, of: impl Fn(f32) -> Symbolic) -> Symbolic {
        match self {
            Quantiles::Fraction(q) => of(*q),
            Quantiles::List(list) => stack(list.iter().map(|q| of(*q)), 0),
        }
    }

    /// Percent as parts of 1.
    pub(super) fn of_hundred(self) -> Self {
        match self {
            Quantiles::Fraction(q) => Quantiles::Fraction(q / 100.0),
            Quantiles::List(list) => Quantiles::List(list.into_iter().map(|q| q / 100.0).collect()),
        }
    }
}
