//! What the elements along an axis are like: quantiles, counts, and sums of what is no NaN.

use super::places::searchsorted;
use super::sequences::linspace;
use crate::elementwise::{cast_to, equal, floats, greater_equal, isnan, less_equal, logical_and, where_};
use crate::error::Problem;
use crate::operand::Operand;
use crate::reduce::{all, max, min, prod, sum};
use crate::shape::axis_of;
use crate::symbolic::settled;
use crate::{Axes, DType, Symbolic, array, ravel, sort, take};

/// The largest element less the smallest.
#[track_caller]
pub fn ptp(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    max(&x, axis.clone()).build() - min(x, axis).build()
}

/// Parts of all elements: one, or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantiles {
    /// One.
    Fraction(f32),
    /// A list: what is found stands along a new first axis.
    List(Vec<f32>),
}

impl From<f32> for Quantiles {
    fn from(q: f32) -> Self {
        Quantiles::Fraction(q)
    }
}

impl From<f64> for Quantiles {
    fn from(q: f64) -> Self {
        Quantiles::Fraction(q as f32)
    }
}

impl<const N: usize> From<[f32; N]> for Quantiles {
    fn from(list: [f32; N]) -> Self {
        Quantiles::List(list.to_vec())
    }
}

impl<const N: usize> From<[f64; N]> for Quantiles {
    fn from(list: [f64; N]) -> Self {
        Quantiles::List(list.iter().map(|q| *q as f32).collect())
    }
}

impl From<&[f32]> for Quantiles {
    fn from(list: &[f32]) -> Self {
        Quantiles::List(list.to_vec())
    }
}

/// The element below which a part `q` of the elements along `axis` lie, between neighbours on a straight line; without an
/// axis, of all. Of a list of parts they stand along a new first axis.
#[track_caller]
pub fn quantile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Option<isize>>) -> Symbolic {
    let (x, axis) = (x.symbolic(), axis.into());
    q.into().each(|q| at_part(&x, q, axis))
}

/// The axis along which a part `q` of the elements is asked for.
///
/// # Errors
/// There is no such axis, or no element; `q` is no part.
pub(super) fn axis_of_part(x: &Symbolic, q: f32, axis: isize) -> Result<usize, Problem> {
    let at = axis_of(axis, x.ndim())?;
    let n = x.shape()[at];
    if !(0.0..=1.0).contains(&q) || n == 0 {
        let text = format!("q is {q} of {n} elements: it must be from 0 to 1, of at least one");
        return Err(Problem::Argument(text));
    }
    Ok(at)
}

#[track_caller]
fn at_part(x: &Symbolic, q: f32, axis: Option<isize>) -> Symbolic {
    let x = floats(x);
    if x.is_mistake() {
        return x;
    }
    let (x, axis) = match axis {
        Some(axis) => (x, axis),
        None => (ravel(x), 0),
    };
    let made = || {
        let at = axis_of_part(&x, q, axis)?;
        let place = f64::from(q) * (x.shape()[at] - 1) as f64;
        let (low, part) = (place.floor(), place.fract() as f32);
        let sorted = sort(&x, axis);
        let element = |i: f64| take(&sorted, array(&[i as i32], ()), axis);
        let y =
            if part == 0.0 { element(low) } else { element(low) * (1.0 - part) + element(low + 1.0) * part };
        // NaN is the largest in order.
        let any = crate::any(isnan(&x), at as isize);
        Ok(where_(any, f32::NAN, y))
    };
    settled("quantile", made())
}

/// The element in the middle of those along `axis`; the mean of the two there are.
#[track_caller]
pub fn median(x: impl Operand, axis: impl Into<Option<isize>>) -> Symbolic {
    quantile(x, 0.5f32, axis)
}

macro_rules! without_nan {
    ($($(#[$doc:meta])* $name:ident |$x:ident, $axis:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand, axis: impl Into<Axes>) -> Symbolic {
            let ($x, $axis) = (floats(x), axis.into());
            $y
        }
    )* };
}

/// Without NaN: this instead.
fn or(x: &Symbolic, other: f32) -> Symbolic {
    where_(isnan(x), other, x)
}

/// How many elements are no NaN.
#[track_caller]
fn numbers(x: &Symbolic, axis: Axes) -> Symbolic {
    sum(where_(isnan(x), 0.0, 1.0), axis).build()
}

without_nan! {
    /// The sum of what is no NaN.
    nansum |x, axis| sum(or(&x, 0.0), axis).build();
    /// The product of what is no NaN.
    nanprod |x, axis| prod(or(&x, 1.0), axis).build();
    /// The mean of what is no NaN.
    nanmean |x, axis| sum(or(&x, 0.0), axis.clone()).build() / numbers(&x, axis);
    /// The largest of what is no NaN; NaN where nothing is.
    nanmax |x, axis| {
        let none = all(isnan(&x), axis.clone()).build();
        where_(none, f32::NAN, max(or(&x, f32::NEG_INFINITY), axis).build())
    };
    /// The smallest of what is no NaN; NaN where nothing is.
    nanmin |x, axis| {
        let none = all(isnan(&x), axis.clone()).build();
        where_(none, f32::NAN, min(or(&x, f32::INFINITY), axis).build())
    };
    /// The variance of what is no NaN.
    nanvar |x, axis| {
        let count = sum(where_(isnan(&x), 0.0, 1.0), axis.clone()).keepdims(true);
        let centred = &x - sum(or(&x, 0.0), axis.clone()).keepdims(true) / count;
        // Of 0, so that the gradient of a NaN is none.
        let square = crate::square(where_(isnan(&x), 0.0, centred));
        sum(square, axis.clone()).build() / numbers(&x, axis)
    };
    /// The standard deviation of what is no NaN.
    nanstd |x, axis| crate::sqrt(nanvar(x, axis));
}

/// How often each integer from 0 on comes, up to `length` of them; `weights`, if given, are added instead of ones.
#[track_caller]
pub fn bincount(x: impl Operand, weights: Option<&Symbolic>, length: usize) -> Symbolic {
    let x = x.symbolic();
    let ones = || crate::full(x.shape(), 1);
    crate::segment_sum(weights.cloned().unwrap_or_else(ones), &x, length)
}

/// The numbers of elements in each of `bins` bins of equal width from `range.0` to `range.1`, as floats, and the edges
/// between.
#[track_caller]
pub fn histogram(x: impl Operand, bins: usize, range: (f32, f32)) -> (Symbolic, Symbolic) {
    let x = ravel(floats(x));
    let edges = linspace(range.0, range.1, bins + 1, true);
    let bin = searchsorted(&edges, &x, true) - 1;
    // The last bin has its upper edge too.
    let bin = where_(equal(&x, range.1), bins as i32 - 1, bin);
    let inside = logical_and(greater_equal(&x, range.0), less_equal(&x, range.1));
    (cast_to(&bincount(where_(inside, bin, -1), None, bins), DType::Float32), edges)
}
