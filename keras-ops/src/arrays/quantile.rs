//! The elements below which parts of all lie.

use super::gather::take_along_axis;
use super::sort::sort;
use crate::elementwise::{cast_to, ceil, floats, floor, isnan, less_equal, logical_not, maximum, where_};
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::symbolic::settled;
use crate::{Axes, DType, Shape, Symbolic, any, moveaxis, stack, sum};

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

impl Quantiles {
    /// What is made of each; of a list they stand along a new first axis.
    #[track_caller]
    fn each(&self, of: impl Fn(f32) -> Symbolic) -> Symbolic {
        match self {
            Quantiles::Fraction(q) => of(*q),
            Quantiles::List(list) => stack(list.iter().map(|q| of(*q)), 0),
        }
    }

    /// Percent as parts of 1.
    fn of_hundred(self) -> Self {
        match self {
            Quantiles::Fraction(q) => Quantiles::Fraction(q / 100.0),
            Quantiles::List(list) => Quantiles::List(list.into_iter().map(|q| q / 100.0).collect()),
        }
    }

    /// That each is a part.
    fn check(&self, n: usize) -> Result<(), Problem> {
        let list = match self {
            Quantiles::Fraction(q) => core::slice::from_ref(q),
            Quantiles::List(list) => list,
        };
        match list.iter().find(|q| !(0.0..=1.0).contains(*q) || n == 0) {
            Some(q) => {
                let text = format!("q is {q} of {n} elements: it must be from 0 to 1, of at least one");
                Err(Problem::Argument(text))
            }
            None => Ok(()),
        }
    }
}

/// What a quantile is that lies between two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum QuantileMethod {
    /// Between them on a straight line.
    #[default]
    Linear,
    /// The smaller one.
    Lower,
    /// The larger one.
    Higher,
    /// The mean of both.
    Midpoint,
    /// The nearer one; the smaller one in the middle.
    Nearest,
}

/// A [`quantile`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct QuantileCall {
    x: Symbolic,
    q: Quantiles,
    axes: Axes,
    method: QuantileMethod,
    keepdims: bool,
    /// Whether NaN are passed over.
    without_nan: bool,
}

impl QuantileCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let x = &self.x;
        let axes = self.axes.of(x.ndim())?;
        let n: usize = axes.iter().map(|axis| x.shape()[*axis]).product();
        self.q.check(n)?;
        let rest: Vec<usize> = (0..x.ndim()).filter(|axis| !axes.contains(axis)).collect();
        let lead: Shape = rest.iter().map(|axis| x.shape()[*axis]).collect();
        let from: Vec<isize> = rest.iter().chain(&axes).map(|axis| *axis as isize).collect();
        let to: Vec<isize> = (0..x.ndim() as isize).collect();
        let row: Shape = lead.iter().copied().chain([n]).collect();
        let x = shaped(&moveaxis(x, from, to), row, "reshape");
        // NaN stand last in order.
        let sorted = sort(&x, -1);
        let nan = isnan(&x);
        let last = if self.without_nan {
            let count = sum(cast_to(&logical_not(&nan), DType::Int32), -1).keepdims(true);
            maximum(cast_to(&count, DType::Float32) - 1.0, 0.0)
        } else {
            crate::full(lead.iter().copied().chain([1]).collect::<Shape>(), (n - 1) as f32)
        };
        let kept: Shape = (0..self.x.ndim())
            .filter(|axis| self.keepdims || !axes.contains(axis))
            .map(|axis| if axes.contains(&axis) { 1 } else { self.x.shape()[axis] })
            .collect();
        Ok(self.q.each(|q| {
            let y = self.between(&sorted, &last * q);
            let y = if self.without_nan { y } else { where_(any(&nan, -1).keepdims(true), f32::NAN, y) };
            shaped(&y, kept.clone(), "reshape")
        }))
    }

    /// What lies at a place of sorted rows that may be no whole number.
    #[track_caller]
    fn between(&self, sorted: &Symbolic, at: Symbolic) -> Symbolic {
        let element = |i: &Symbolic| take_along_axis(sorted, cast_to(i, DType::Int32), -1);
        let low = floor(&at);
        let below = element(&low);
        if self.method == QuantileMethod::Lower {
            return below;
        }
        let above = element(&ceil(&at));
        let part = at - low;
        match self.method {
            QuantileMethod::Higher => above,
            QuantileMethod::Midpoint => (below + above) * 0.5,
            QuantileMethod::Nearest => where_(less_equal(part, 0.5), below, above),
            // Infinity times 0 is no number.
            QuantileMethod::Lower | QuantileMethod::Linear => {
                where_(crate::equal(&part, 0.0), &below, &below * (1.0 - &part) + above * &part)
            }
        }
    }
}

impl Built<QuantileCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut QuantileCall)) -> Self {
        change(&mut self.call);
        let x = &self.call.x;
        let value = if x.is_mistake() { x.clone() } else { settled("quantile", self.call.value()) };
        Built::new(value, self.call)
    }

    /// What stands for a quantile between two elements. [`QuantileMethod::Linear`] unless set.
    #[must_use]
    #[track_caller]
    pub fn method(self, method: QuantileMethod) -> Self {
        self.with(|call| call.method = method)
    }

    /// Whether the axes stay, with a length of 1. They do not unless this is set.
    #[must_use]
    #[track_caller]
    pub fn keepdims(self, keepdims: bool) -> Self {
        self.with(|call| call.keepdims = keepdims)
    }
}

#[track_caller]
fn call(x: impl Operand, q: Quantiles, axes: Axes, without_nan: bool) -> Built<QuantileCall> {
    let call =
        QuantileCall { x: floats(x), q, axes, method: QuantileMethod::Linear, keepdims: false, without_nan };
    Built::new(call.x.clone(), call).with(|_| {})
}

/// The element below which a part `q` of the elements along `axis` lie, between neighbours on a straight line; without an
/// axis, of all. Of a list of parts they stand along a new first axis. NaN where an element is NaN.
/// [Keras](https://keras.io/api/ops/numpy/#quantile-function).
#[track_caller]
pub fn quantile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Axes>) -> Built<QuantileCall> {
    call(x, q.into(), axis.into(), false)
}

/// [`quantile`] in percent.
#[track_caller]
pub fn percentile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Axes>) -> Built<QuantileCall> {
    call(x, q.into().of_hundred(), axis.into(), false)
}

/// The element in the middle of those along `axis`; the mean of the two there are.
#[track_caller]
pub fn median(x: impl Operand, axis: impl Into<Axes>) -> Built<QuantileCall> {
    call(x, Quantiles::Fraction(0.5), axis.into(), false)
}

/// [`quantile`] of the elements that are no NaN; NaN where there is none.
#[track_caller]
pub fn nanquantile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Axes>) -> Built<QuantileCall> {
    call(x, q.into(), axis.into(), true)
}

/// [`nanquantile`] in percent.
#[track_caller]
pub fn nanpercentile(x: impl Operand, q: impl Into<Quantiles>, axis: impl Into<Axes>) -> Built<QuantileCall> {
    call(x, q.into().of_hundred(), axis.into(), true)
}

/// The element in the middle of those along `axis` that are no NaN; the mean of the two there are.
#[track_caller]
pub fn nanmedian(x: impl Operand, axis: impl Into<Axes>) -> Built<QuantileCall> {
    call(x, Quantiles::Fraction(0.5), axis.into(), true)
}
