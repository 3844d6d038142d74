//! Reductions over axes.

use keras_kernels::tile::{self, Reduce};

use crate::elementwise::{cast_to, divide, equal, exp, log, multiply, sqrt, square, where_};
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Run, Spec, integers_mut, one};
use crate::operand::{Built, Operand};
use crate::shapes::{broadcast_strides, broadcast_to, each_place, shaped};
use crate::symbolic::apply;
use crate::{Axes, DType, Shape, Symbolic};

/// A reduction of floats or truth values over axes, which stay with a length of 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Reduction {
    pub name: &'static str,
    pub reduce: Reduce,
    /// In ascending order.
    pub axes: Vec<usize>,
    pub dtype: DType,
}

/// The shape with a length of 1 along these axes.
pub(crate) fn kept(shape: &Shape, axes: &[usize]) -> Shape {
    (0..shape.rank()).map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] }).collect()
}

impl Op for Reduction {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Reduce { reduce: self.reduce, axes: self.axes.clone() })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(kept(&inputs[0].shape, &self.axes), self.dtype)))
    }

    fn run(&self) -> Run<'_> {
        if self.dtype == DType::Int32 { Run::Kernel } else { Run::Reduction(self) }
    }

    /// Of integers, and of axes between others.
    fn eval(&self, io: Eval<'_, '_>) {
        let shape = io.inputs[0].shape();
        if self.dtype != DType::Int32 {
            let counts = |axis: &&usize| shape[**axis] != 1;
            let (first, last) = (self.axes.iter().find(counts), self.axes.iter().rev().find(counts));
            let (start, end) = (first.copied().unwrap_or(0), last.map_or(0, |axis| axis + 1));
            let (reduced, inner) = (shape[start..end].iter().product(), shape[end..].iter().product());
            return tile::reduce_middle(self.reduce, io.inputs[0].data, reduced, inner, io.outputs[0]);
        }
        let x = io.inputs[0].integers();
        let to = integers_mut(io.outputs[0]);
        to.fill(match self.reduce {
            Reduce::Sum => 0,
            Reduce::Product => 1,
            Reduce::Max => i32::MIN,
            Reduce::Min => i32::MAX,
        });
        let strides = [broadcast_strides(&io.specs[0].shape, shape)];
        each_place(shape, &strides, |at, [i]| {
            to[i] = match self.reduce {
                Reduce::Sum => to[i].wrapping_add(x[at]),
                Reduce::Product => to[i].wrapping_mul(x[at]),
                Reduce::Max => to[i].max(x[at]),
                Reduce::Min => to[i].min(x[at]),
            };
        });
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        let (x, y, dy) = (&at.inputs[0], &at.outputs[0], at.dy());
        if self.dtype != DType::Float32 || x.dtype() != DType::Float32 {
            return vec![None];
        }
        vec![Some(match self.reduce {
            Reduce::Sum => broadcast_to(dy, x.shape()),
            // Each of several that are equal gets its share. Nothing equals NaN, and an infinite gradient times 0 is NaN:
            // there all gradients are NaN, as in Keras.
            Reduce::Max | Reduce::Min => {
                let hit = cast_to(&equal(x, y), DType::Float32);
                let hits = reduce(&hit, Reduce::Sum, &self.axes, "sum");
                dy / hits * hit
            }
            Reduce::Product => product_gradient(x, y, dy, &self.axes),
        })]
    }
}

/// `dy` times the product of all others. Where one of them is 0 only that one has a gradient, where two are none has.
fn product_gradient(x: &Symbolic, y: &Symbolic, dy: &Symbolic, axes: &[usize]) -> Symbolic {
    let zero = equal(x, 0.0);
    let count = reduce(&cast_to(&zero, DType::Float32), Reduce::Sum, axes, "sum");
    let others = reduce(&where_(&zero, 1.0, x), Reduce::Product, axes, "prod");
    let of_zero = where_(equal(&count, 1.0), others, 0.0);
    let ordinary = divide(y, where_(&zero, 1.0, x));
    dy * where_(zero, of_zero, ordinary)
}

/// The reduction with its axes kept.
#[track_caller]
pub(crate) fn reduce(x: &Symbolic, reduce: Reduce, axes: &[usize], name: &'static str) -> Symbolic {
    apply(Reduction { name, reduce, axes: axes.to_vec(), dtype: x.dtype() }, core::slice::from_ref(x))
}

/// A reduction before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct ReductionCall {
    /// With the reduced axes kept.
    kept: Symbolic,
    axes: Vec<usize>,
}

impl ReductionCall {
    #[track_caller]
    fn without(&self) -> Symbolic {
        if self.kept.is_mistake() {
            return self.kept.clone();
        }
        let shape = self.kept.shape();
        let to = (0..shape.rank()).filter(|axis| !self.axes.contains(axis)).map(|axis| shape[axis]).collect();
        shaped(&self.kept, to, "squeeze")
    }

    #[track_caller]
    fn value(&self, keepdims: bool) -> Symbolic {
        if keepdims { self.kept.clone() } else { self.without() }
    }
}

/// A reduction that has its result with the reduced axes kept.
pub(crate) trait KeepsDims {
    fn kept(&self) -> Symbolic;
}

impl KeepsDims for ReductionCall {
    fn kept(&self) -> Symbolic {
        self.kept.clone()
    }
}

impl KeepsDims for ExtremeCall {
    fn kept(&self) -> Symbolic {
        self.call.kept.clone()
    }
}

/// A [`max`] or [`min`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct ExtremeCall {
    x: Symbolic,
    axis: Axes,
    reduce: Reduce,
    keepdims: bool,
    call: ReductionCall,
}

impl Built<ExtremeCall> {
    /// Whether the axes that are reduced stay, with a length of 1. They do not unless this is set.
    #[must_use]
    #[track_caller]
    pub fn keepdims(mut self, keepdims: bool) -> Self {
        self.call.keepdims = keepdims;
        let value = self.call.call.value(keepdims);
        Built::new(value, self.call)
    }

    /// One more number to choose from, which is there where no element is. There is none unless this is set.
    #[must_use]
    #[track_caller]
    pub fn initial(mut self, initial: impl Operand) -> Self {
        let own = &self.call;
        let made = extreme(&own.x, &own.axis, own.reduce, Some(&initial.symbolic())).keepdims(own.keepdims);
        self.call.call = made.call.clone();
        Built::new(made.build(), self.call)
    }
}

impl Built<ReductionCall> {
    /// Whether the axes that are reduced stay, with a length of 1. They do not unless this is set.
    #[must_use]
    pub fn keepdims(self, keepdims: bool) -> Self {
        let value = self.call.value(keepdims);
        Built::new(value, self.call)
    }
}

/// Finds the axes and applies what reduces over them.
#[track_caller]
pub(crate) fn over(
    name: &'static str,
    x: Symbolic,
    axis: Axes,
    f: impl FnOnce(&Symbolic, &[usize]) -> Symbolic,
) -> Built<ReductionCall> {
    let axes = if x.is_mistake() { Ok(Vec::new()) } else { axis.of(x.ndim()) };
    let call = match axes {
        Err(problem) => ReductionCall { kept: Symbolic::mistake(name, problem), axes: Vec::new() },
        Ok(axes) => ReductionCall { kept: f(&x, &axes), axes },
    };
    Built::new(call.without(), call)
}

/// How many elements are reduced to one.
fn count(x: &Symbolic, axes: &[usize]) -> usize {
    axes.iter().map(|axis| x.shape()[*axis]).product()
}

fn numbers(x: impl Operand) -> Symbolic {
    let x = x.symbolic();
    let dtype = x.dtype().max(DType::Int32);
    cast_to(&x, dtype)
}

fn floats(x: impl Operand) -> Symbolic {
    cast_to(&x.symbolic(), DType::Float32)
}

/// The sum over `axis` (`None`: over all axes). Truth values count as integers.
#[track_caller]
pub fn sum(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("sum", numbers(x), axis.into(), |x, axes| reduce(x, Reduce::Sum, axes, "sum"))
}

/// The product over `axis`.
#[track_caller]
pub fn prod(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("prod", numbers(x), axis.into(), |x, axes| reduce(x, Reduce::Product, axes, "prod"))
}

/// A largest or smallest element exists only where there is one.
#[track_caller]
fn extreme(x: &Symbolic, axis: &Axes, f: Reduce, initial: Option<&Symbolic>) -> Built<ReductionCall> {
    let name = if f == Reduce::Max { "max" } else { "min" };
    over(name, x.clone(), axis.clone(), |x, axes| {
        let none = count(x, axes) == 0 && !x.is_mistake();
        let with = |y: Symbolic, initial: &Symbolic| {
            let initial = cast_to(initial, x.dtype());
            if f == Reduce::Max { crate::maximum(y, initial) } else { crate::minimum(y, initial) }
        };
        match initial {
            Some(initial) if none => broadcast_to(cast_to(initial, x.dtype()), kept(x.shape(), axes)),
            Some(initial) => with(reduce(x, f, axes, name), initial),
            None if none => {
                let text = format!("the shape {} has no element along the axes that are reduced", x.shape());
                Symbolic::mistake(name, Problem::Argument(text))
            }
            None => reduce(x, f, axes, name),
        }
    })
}

#[track_caller]
fn extreme_call(x: impl Operand, axis: Axes, reduce: Reduce) -> Built<ExtremeCall> {
    let x = x.symbolic();
    let made = extreme(&x, &axis, reduce, None);
    let call = ExtremeCall { x, axis, reduce, keepdims: false, call: made.call.clone() };
    Built::new(made.build(), call)
}

/// The largest element over `axis`; NaN where there is one.
#[track_caller]
pub fn max(x: impl Operand, axis: impl Into<Axes>) -> Built<ExtremeCall> {
    extreme_call(x, axis.into(), Reduce::Max)
}

/// The smallest element over `axis`; NaN where there is one.
#[track_caller]
pub fn min(x: impl Operand, axis: impl Into<Axes>) -> Built<ExtremeCall> {
    extreme_call(x, axis.into(), Reduce::Min)
}

/// [`max`] under its other name.
#[track_caller]
pub fn amax(x: impl Operand, axis: impl Into<Axes>) -> Built<ExtremeCall> {
    max(x, axis)
}

/// [`min`] under its other name.
#[track_caller]
pub fn amin(x: impl Operand, axis: impl Into<Axes>) -> Built<ExtremeCall> {
    min(x, axis)
}

/// Whether any element over `axis` is true.
#[track_caller]
pub fn any(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    let x = cast_to(&x.symbolic(), DType::Bool);
    // Of nothing it is false.
    over("any", x, axis.into(), |x, axes| {
        if count(x, axes) == 0 {
            return broadcast_to(false, kept(x.shape(), axes));
        }
        reduce(x, Reduce::Max, axes, "any")
    })
}

/// Whether all elements over `axis` are true.
#[track_caller]
pub fn all(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    let x = cast_to(&x.symbolic(), DType::Bool);
    over("all", x, axis.into(), |x, axes| {
        if count(x, axes) == 0 {
            return broadcast_to(true, kept(x.shape(), axes));
        }
        reduce(x, Reduce::Min, axes, "all")
    })
}

/// How many elements over `axis` are not 0.
#[track_caller]
pub fn count_nonzero(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    sum(cast_to(&x.symbolic(), DType::Bool), axis)
}

#[track_caller]
fn mean_of(x: &Symbolic, axes: &[usize]) -> Symbolic {
    reduce(x, Reduce::Sum, axes, "mean") / count(x, axes) as f32
}

#[track_caller]
fn variance_of(x: &Symbolic, axes: &[usize]) -> Symbolic {
    mean_of(&square(x - mean_of(x, axes)), axes)
}

/// The mean over `axis`, as floats.
#[track_caller]
pub fn mean(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("mean", floats(x), axis.into(), mean_of)
}

/// The variance over `axis`: the mean of the squared differences from the mean.
#[track_caller]
pub fn var(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("var", floats(x), axis.into(), variance_of)
}

/// The standard deviation over `axis`: the square root of [`var`].
#[track_caller]
pub fn std(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("std", floats(x), axis.into(), |x, axes| sqrt(variance_of(x, axes)))
}

/// `log(sum(exp(x)))` over `axis`, which does not overflow on the way.
#[track_caller]
pub fn logsumexp(x: impl Operand, axis: impl Into<Axes>) -> Built<ReductionCall> {
    over("logsumexp", floats(x), axis.into(), |x, axes| {
        let largest = reduce(x, Reduce::Max, axes, "max");
        // Infinities are not subtracted from themselves.
        let shift = crate::stop_gradient(where_(crate::isfinite(&largest), &largest, 0.0));
        log(reduce(&exp(x - &shift), Reduce::Sum, axes, "sum")) + shift
    })
}

/// Mean and variance over `axes`, both with the axes kept if `keepdims`.
#[track_caller]
pub fn moments(x: impl Operand, axes: impl Into<Axes>, keepdims: bool) -> (Symbolic, Symbolic) {
    let (x, axes) = (floats(x), axes.into());
    (mean(&x, axes.clone()).keepdims(keepdims).build(), var(&x, axes).keepdims(keepdims).build())
}

/// An [`average`] before its optional argument is set.
#[derive(Clone, Debug)]
pub struct AverageCall {
    x: Symbolic,
    axis: Axes,
}

impl Built<AverageCall> {
    /// How much each element counts: in the shape of `x` or, with one axis, in its length along that. All count the same unless
    /// this is set.
    #[must_use]
    #[track_caller]
    pub fn weights(self, weights: impl Operand) -> Self {
        let (x, axis, weights) = (&self.call.x, self.call.axis.clone(), floats(weights));
        let weights = match axis.of(x.ndim()) {
            Ok(axes) if weights.ndim() == 1 && axes.len() == 1 && x.ndim() > 1 => {
                let to = (0..x.ndim()).map(|k| if k == axes[0] { weights.shape()[0] } else { 1 }).collect();
                shaped(&weights, to, "average")
            }
            _ => weights,
        };
        let weights = broadcast_to(weights, x.shape());
        let value = divide(sum(multiply(x, &weights), axis.clone()), sum(weights, axis));
        Built::new(value, self.call)
    }
}

/// The mean over `axis`, of elements that count as much as their weights say.
/// [Keras](https://keras.io/api/ops/numpy/#average-function).
#[track_caller]
pub fn average(x: impl Operand, axis: impl Into<Axes>) -> Built<AverageCall> {
    let call = AverageCall { x: floats(x), axis: axis.into() };
    Built::new(mean(&call.x, call.axis.clone()).build(), call)
}
