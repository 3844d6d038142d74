//! Arithmetic of floats on a device, as formulas are written.

use core::ops::{Add, Div, Mul, Neg, Sub};

use burn::backend::ops::*;
use burn::backend::{BoolStore, Dispatch, DispatchTensor, TensorMetadata, get_or_init_device_settings};
use burn::tensor::{Device, FloatDType, IntDType, Shape};

/// How truth values are stored where a tensor is.
pub(super) fn bool_store(x: &DispatchTensor) -> BoolStore {
    get_or_init_device_settings::<Dispatch>(&x.device()).bool_dtype
}

/// A tensor of floats.
#[derive(Clone)]
pub(super) struct Float(pub DispatchTensor);

/// A tensor of truth values.
#[derive(Clone)]
pub(super) struct Truth(pub DispatchTensor);

impl Float {
    /// A number everywhere.
    pub fn full(shape: Shape, number: f32, device: &Device) -> Float {
        Float(Dispatch::float_full(shape, number.into(), device.as_dispatch(), FloatDType::F32))
    }

    /// A number in the shape of this.
    pub fn like(&self, number: f32) -> Float {
        Float(Dispatch::float_full(self.0.shape(), number.into(), &self.0.device(), FloatDType::F32))
    }

    /// By a function of Burn.
    pub fn by(self, f: impl FnOnce(DispatchTensor) -> DispatchTensor) -> Float {
        Float(f(self.0))
    }

    pub fn equal(&self, number: f32) -> Truth {
        Truth(Dispatch::float_equal_elem(self.0.clone(), number.into(), bool_store(&self.0)))
    }

    pub fn above(&self, number: f32) -> Truth {
        Truth(Dispatch::float_greater_elem(self.0.clone(), number.into(), bool_store(&self.0)))
    }

    pub fn below(&self, number: f32) -> Truth {
        Truth(Dispatch::float_lower_elem(self.0.clone(), number.into(), bool_store(&self.0)))
    }

    pub fn at_least(&self, number: f32) -> Truth {
        Truth(Dispatch::float_greater_equal_elem(self.0.clone(), number.into(), bool_store(&self.0)))
    }

    pub fn at_most(&self, number: f32) -> Truth {
        Truth(Dispatch::float_lower_equal_elem(self.0.clone(), number.into(), bool_store(&self.0)))
    }

    pub fn is_nan(&self) -> Truth {
        Truth(Dispatch::float_is_nan(self.0.clone(), bool_store(&self.0)))
    }

    pub fn abs(&self) -> Float {
        Float(Dispatch::float_abs(self.0.clone()))
    }

    pub fn exp(&self) -> Float {
        Float(Dispatch::float_exp(self.0.clone()))
    }

    pub fn tanh(&self) -> Float {
        Float(Dispatch::float_tanh(self.0.clone()))
    }

    /// Where a condition holds `number`, else this.
    pub fn fill(&self, condition: &Truth, number: f32) -> Float {
        Float(Dispatch::float_mask_fill(self.0.clone(), condition.0.clone(), number.into()))
    }

    /// Where a condition holds `other`, else this; all of one shape.
    pub fn or(&self, condition: &Truth, other: &Float) -> Float {
        Float(Dispatch::float_mask_where(self.0.clone(), condition.0.clone(), other.0.clone()))
    }

    /// Between two numbers; NaN stays.
    pub fn clip(&self, low: f32, high: f32) -> Float {
        let x = self.fill(&self.below(low), low);
        x.fill(&x.above(high), high)
    }

    /// `exp(x) - 1`, precise near 0: there it is `2 t / (1 - t)` with `t = tanh(x / 2)`.
    pub fn exp_m1(&self) -> Float {
        let t = (self.clone() * 0.5).tanh();
        let near = t.clone() * 2.0 / (t.like(1.0) - t);
        (self.exp() - 1.0).or(&self.abs().below(1.0), &near)
    }

    /// `1 / (1 + exp(-x))`, which does not overflow.
    pub fn sigmoid(&self) -> Float {
        let u = (-self.abs()).exp();
        let one = u.like(1.0);
        let above = u.or(&self.at_least(0.0), &one);
        above / (one + u)
    }

    /// `log(1 + exp(x))`, which does not overflow.
    pub fn softplus(&self) -> Float {
        let tail = Float(Dispatch::float_log1p((-self.abs()).exp().0));
        self.fill(&self.at_most(0.0), 0.0) + tail
    }

    pub fn sum(&self, axis: usize) -> Float {
        Float(Dispatch::float_sum_dim(self.0.clone(), axis))
    }

    /// The largest along an axis, which stays; NaN is passed over.
    pub fn largest(&self, axis: usize) -> Float {
        let x = self.fill(&self.is_nan(), f32::NEG_INFINITY);
        Float(Dispatch::float_max_dim(x.0, axis))
    }

    pub fn reshape(&self, shape: impl Into<Vec<usize>>) -> Float {
        Float(Dispatch::float_reshape(self.0.clone(), Shape::from(shape.into())))
    }

    pub fn permute(&self, axes: &[usize]) -> Float {
        Float(Dispatch::float_permute(self.0.clone(), axes))
    }

    pub fn expand(&self, shape: impl Into<Vec<usize>>) -> Float {
        Float(Dispatch::float_expand(self.0.clone(), Shape::from(shape.into())))
    }

    pub fn matmul(&self, other: &Float) -> Float {
        Float(Dispatch::float_matmul(self.0.clone(), other.0.clone()))
    }

    pub fn swap(&self, a: usize, b: usize) -> Float {
        Float(Dispatch::float_swap_dims(self.0.clone(), a, b))
    }
}

impl Truth {
    pub fn and(&self, other: &Truth) -> Truth {
        Truth(Dispatch::bool_and(self.0.clone(), other.0.clone()))
    }

    pub fn or(&self, other: &Truth) -> Truth {
        Truth(Dispatch::bool_or(self.0.clone(), other.0.clone()))
    }

    pub fn not(&self) -> Truth {
        Truth(Dispatch::bool_not(self.0.clone()))
    }

    /// 1 and 0.
    pub fn float(&self) -> Float {
        Float(Dispatch::bool_into_float(self.0.clone(), FloatDType::F32))
    }

    /// 1 and 0.
    pub fn int(&self) -> DispatchTensor {
        Dispatch::bool_into_int(self.0.clone(), IntDType::I32)
    }
}

macro_rules! arithmetic {
    ($($trait:ident $name:ident $of:ident $with:ident;)*) => { $(
        impl $trait for Float {
            type Output = Float;
            fn $name(self, other: Float) -> Float {
                Float(Dispatch::$of(self.0, other.0))
            }
        }

        impl $trait<f32> for Float {
            type Output = Float;
            fn $name(self, number: f32) -> Float {
                Float(Dispatch::$with(self.0, number.into()))
            }
        }
    )* };
}

arithmetic! {
    Add add float_add float_add_scalar;
    Sub sub float_sub float_sub_scalar;
    Mul mul float_mul float_mul_scalar;
    Div div float_div float_div_scalar;
}

impl Neg for Float {
    type Output = Float;

    fn neg(self) -> Float {
        Float(Dispatch::float_neg(self.0))
    }
}
