//! What the elements along an axis are like: counts, and sums of what is no NaN.

use super::places::searchsorted;
use super::sequences::linspace;
use crate::elementwise::{cast_to, equal, floats, greater_equal, isnan, less_equal, logical_and, where_};
use crate::operand::{Built, Operand};
use crate::reduce::{KeepsDims, ReductionCall, all, max, min, over, prod, sum};
use crate::{Axes, DType, Symbolic, ravel};

/// The largest element less the smallest.
#[track_caller]
pub fn ptp(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("ptp", x.symbolic(), axis.into(), |x, axes| {
        let axes = named(axes);
        kept(max(x, axes.clone())) - kept(min(x, axes))
    })
}

macro_rules! without_nan {
    ($($(#[$doc:meta])* $name:ident |$x:ident, $axis:ident| $y:expr;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
            over(stringify!($name), floats(x), axis.into(), |$x, axes| {
                let $axis = named(axes);
                $y
            })
        }
    )* };
}

/// Without NaN: this instead.
fn or(x: &Symbolic, other: f32) -> Symbolic {
    where_(isnan(x), other, x)
}

/// Axes by their numbers.
fn named(axes: &[usize]) -> Axes {
    axes.to_vec().into()
}

/// A reduction with the axes kept.
fn kept(call: Built<impl KeepsDims>) -> Symbolic {
    KeepsDims::kept(&call.call)
}

/// How many elements are no NaN.
#[track_caller]
fn numbers(x: &Symbolic, axis: Axes) -> Symbolic {
    kept(sum(where_(isnan(x), 0.0, 1.0), axis))
}

/// The variance of what is no NaN, with the axes kept.
#[track_caller]
fn spread(x: &Symbolic, axis: Axes) -> Symbolic {
    let count = numbers(x, axis.clone());
    let centred = x - kept(sum(or(x, 0.0), axis.clone())) / &count;
    // Of 0, so that the gradient of a NaN is none.
    let square = crate::square(where_(isnan(x), 0.0, centred));
    kept(sum(square, axis)) / count
}

/// The largest or smallest of what is no NaN; NaN where nothing is.
#[track_caller]
fn extreme(x: &Symbolic, axis: Axes, found: Symbolic) -> Symbolic {
    where_(kept(all(isnan(x), axis)), f32::NAN, found)
}

without_nan! {
    /// The sum of what is no NaN.
    nansum |x, axis| kept(sum(or(x, 0.0), axis));
    /// The product of what is no NaN.
    nanprod |x, axis| kept(prod(or(x, 1.0), axis));
    /// The mean of what is no NaN.
    nanmean |x, axis| kept(sum(or(x, 0.0), axis.clone())) / numbers(x, axis);
    /// The largest of what is no NaN; NaN where nothing is.
    nanmax |x, axis| extreme(x, axis.clone(), kept(max(or(x, f32::NEG_INFINITY), axis)));
    /// The smallest of what is no NaN; NaN where nothing is.
    nanmin |x, axis| extreme(x, axis.clone(), kept(min(or(x, f32::INFINITY), axis)));
    /// The variance of what is no NaN.
    nanvar |x, axis| spread(x, axis);
    /// The standard deviation of what is no NaN.
    nanstd |x, axis| crate::sqrt(spread(x, axis));
}

/// How often each integer from 0 on comes, up to `length` of them; `weights`, if given, are added instead of ones.
#[track_caller]
pub fn bincount(x: impl Operand, weights: Option<&Symbolic>, length: usize) -> Symbolic {
    let x = x.symbolic();
    let ones = || crate::broadcast_to(1, x.shape());
    crate::segment_sum(weights.cloned().unwrap_or_else(ones), &x, length)
}

/// The numbers of elements in each of `bins` bins of equal width between the two numbers of `range`, as floats, and the edges
/// between. Keras's default of `range` is `None`, from the smallest to the largest element.
/// [Keras](https://keras.io/api/ops/numpy/#histogram-function).
#[track_caller]
pub fn histogram(x: impl Operand, bins: usize, range: impl Into<Option<(f32, f32)>>) -> (Symbolic, Symbolic) {
    let x = ravel(floats(x));
    let (low, high) = match range.into() {
        Some((low, high)) => (low.symbolic(), high.symbolic()),
        None => {
            let (low, high) = (min(&x, None).build(), max(&x, None).build());
            // Where all are equal the bins reach half a number to both sides.
            let half = where_(equal(&low, &high), 0.5, 0.0);
            (low - &half, high + half)
        }
    };
    let edges = linspace(low, &high, bins + 1, true).build();
    let bin = searchsorted(&edges, &x, true) - 1;
    // The last bin has its upper edge too.
    let bin = where_(equal(&x, &high), bins as i32 - 1, bin);
    let inside = logical_and(greater_equal(&x, low_edge(&edges)), less_equal(&x, high));
    (cast_to(&bincount(where_(inside, bin, -1), None, bins), DType::Float32), edges)
}

#[track_caller]
fn low_edge(edges: &Symbolic) -> Symbolic {
    crate::take(edges, 0, None)
}
