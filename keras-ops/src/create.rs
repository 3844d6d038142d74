//! Tensors from nothing: inputs of a graph, numbers and arrays.

use std::sync::Arc;

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec, one};
use crate::operand::Operand;
use crate::shapes::broadcast_to;
use crate::symbolic::apply;
use crate::{DType, Shape, Symbolic};

/// A single number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Number {
    /// By its bits.
    Float32(u32),
    Int32(i32),
    Bool(bool),
}

impl Number {
    pub fn float(x: f32) -> Number {
        Number::Float32(x.to_bits())
    }

    fn dtype(self) -> DType {
        match self {
            Number::Float32(_) => DType::Float32,
            Number::Int32(_) => DType::Int32,
            Number::Bool(_) => DType::Bool,
        }
    }

    /// As it lies in memory.
    pub fn stored(self) -> f32 {
        match self {
            Number::Float32(bits) => f32::from_bits(bits),
            Number::Int32(x) => f32::from_bits(x as u32),
            Number::Bool(x) => f32::from(u8::from(x)),
        }
    }

    /// As another type, as [`cast`](crate::cast) does.
    pub fn to(self, dtype: DType) -> Number {
        let value = match self {
            Number::Float32(bits) => f64::from(f32::from_bits(bits)),
            Number::Int32(x) => f64::from(x),
            Number::Bool(x) => f64::from(u8::from(x)),
        };
        match dtype {
            DType::Float32 => Number::float(value as f32),
            DType::Int32 => Number::Int32(value as i32),
            DType::Bool => Number::Bool(value != 0.0),
        }
    }
}

/// A tensor of no axes.
#[track_caller]
pub(crate) fn scalar(number: Number) -> Symbolic {
    apply(Scalar(number), &[])
}

/// The number that a tensor of no axes is known to be.
pub(crate) fn number_of(x: &Symbolic) -> Option<Number> {
    x.op::<Scalar>().map(|scalar| scalar.0)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scalar(pub Number);

impl Op for Scalar {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Constant(Arc::new([self.0.stored()])))
    }

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(Spec::new(Shape::EMPTY, self.0.dtype())))
    }

    fn eval(&self, io: Eval<'_, '_>) {
        io.outputs[0][0] = self.0.stored();
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        Vec::new()
    }
}

/// What a plan is given when it runs.
#[derive(Debug)]
pub(crate) struct Input {
    pub spec: Spec,
}

impl PartialEq for Input {
    /// Every input is one of its own.
    fn eq(&self, other: &Input) -> bool {
        core::ptr::eq(self, other)
    }
}

impl Eq for Input {}

impl core::hash::Hash for Input {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        core::ptr::from_ref(self).hash(state);
    }
}

impl Op for Input {
    fn name(&self) -> &'static str {
        "input"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        None
    }

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        Ok(one(self.spec.clone()))
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        Vec::new()
    }
}

/// A tensor that is given to a [`Plan`](crate::Plan) when it runs.
#[track_caller]
pub fn input(shape: impl Into<Shape>, dtype: DType) -> Symbolic {
    apply(Input { spec: Spec::new(shape, dtype) }, &[])
}

/// Elements that are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Constant {
    /// By their bits.
    data: Arc<[u32]>,
    spec: Spec,
}

impl Op for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Constant(self.data.iter().map(|bits| f32::from_bits(*bits)).collect()))
    }

    fn infer(&self, _: &[&Spec]) -> Result<Outputs, Problem> {
        if self.spec.shape.size() == self.data.len() {
            return Ok(one(self.spec.clone()));
        }
        Err(Problem::Size { from: Shape::from(self.data.len()), to: self.spec.shape.clone() })
    }

    fn eval(&self, io: Eval<'_, '_>) {
        io.outputs[0].copy_from_slice(bytemuck::cast_slice(&self.data));
    }

    fn gradient(&self, _: &Applied<'_>) -> Vec<Option<Symbolic>> {
        Vec::new()
    }
}

/// Something that has elements of one of the types: `f32`, `i32`, `bool`.
pub trait Element: Copy {
    /// The type.
    const DTYPE: DType;

    /// The bits that the element has in a tensor.
    fn bits(self) -> u32;
}

impl Element for f32 {
    const DTYPE: DType = DType::Float32;

    fn bits(self) -> u32 {
        self.to_bits()
    }
}

impl Element for i32 {
    const DTYPE: DType = DType::Int32;

    fn bits(self) -> u32 {
        self as u32
    }
}

impl Element for bool {
    const DTYPE: DType = DType::Bool;

    fn bits(self) -> u32 {
        f32::from(u8::from(self)).to_bits()
    }
}

/// A tensor of these elements, in the order in which they lie in memory with the last axis contiguous.
#[track_caller]
pub fn array<T: Element>(elements: &[T], shape: impl Into<Shape>) -> Symbolic {
    let data = elements.iter().map(|x| x.bits()).collect();
    apply(Constant { data, spec: Spec::new(shape, T::DTYPE) }, &[])
}

/// A tensor that is `fill_value` everywhere, as floats: Keras's type, if none is named, whatever the number's. One of integers is
/// `broadcast_to(3, shape)`. [Keras](https://keras.io/api/ops/numpy/#full-function).
#[track_caller]
pub fn full(shape: impl Into<Shape>, fill_value: impl Operand) -> Symbolic {
    broadcast_to(crate::cast(fill_value, DType::Float32), shape)
}

/// Zeros, as floats.
#[track_caller]
pub fn zeros(shape: impl Into<Shape>) -> Symbolic {
    full(shape, 0.0)
}

/// Ones, as floats.
#[track_caller]
pub fn ones(shape: impl Into<Shape>) -> Symbolic {
    full(shape, 1.0)
}

/// `fill_value` everywhere, in the shape and type of `x`.
#[track_caller]
pub fn full_like(x: impl Operand, fill_value: impl Operand) -> Symbolic {
    let x = x.symbolic();
    broadcast_to(crate::cast(fill_value, x.dtype()), x.shape())
}

/// Zeros in the shape and type of `x`.
#[track_caller]
pub fn zeros_like(x: impl Operand) -> Symbolic {
    full_like(x, 0)
}

/// Ones in the shape and type of `x`.
#[track_caller]
pub fn ones_like(x: impl Operand) -> Symbolic {
    full_like(x, 1)
}
