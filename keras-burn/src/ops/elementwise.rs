//! The same function of every element.

use burn::backend::ops::*;
use burn::backend::{Dispatch, DispatchTensor, TensorMetadata};
use burn::tensor::{FloatDType, IntDType, Shape as BurnShape};
use keras_ops::DType;
use keras_ops::graph::{Act, Binary, Rare, TensorSpec, Unary};

use super::float::{Float, Truth, bool_store};
use crate::Array;
use crate::array::on_device;

/// Whether a function of floats or integers has a form on devices that agrees with the plan's.
pub(super) fn has_unary(f: Unary, dtype: DType) -> bool {
    let known = !matches!(
        f,
        Unary::Rare(Rare::TanhShrink | Rare::Squareplus)
            | Unary::RareSlope(Rare::TanhShrink | Rare::Squareplus)
    );
    known && (dtype != DType::Int32 || matches!(f, Unary::Negative | Unary::Sign | Unary::Square))
}

/// As [`has_unary`].
pub(super) fn has_binary(f: Binary, dtype: DType) -> bool {
    use Binary as B;
    match f {
        // The sign of 0, infinities and NaN differ between backends.
        B::FloorDivide | B::Mod | B::Hypot => false,
        B::And | B::Or | B::Xor => dtype == DType::Bool,
        B::Divide | B::Logaddexp | B::Power | B::Arctan2 => dtype == DType::Float32,
        _ => true,
    }
}

pub(super) fn unary(f: Unary, x: &Array, to: &TensorSpec) -> DispatchTensor {
    match (x.dtype(), to.dtype) {
        (DType::Int32, _) => integer(f, x.tensor()),
        (DType::Bool, _) => match f {
            Unary::Not => Dispatch::bool_not(x.tensor()),
            // Truth values as numbers.
            _ => unary_of(f, &Truth(x.tensor()).float(), to.dtype),
        },
        _ => unary_of(f, &Float(x.tensor()), to.dtype),
    }
}

fn unary_of(f: Unary, x: &Float, to: DType) -> DispatchTensor {
    match to {
        DType::Bool => truth(f, x).0,
        _ => float(f, x).0,
    }
}

fn truth(f: Unary, x: &Float) -> Truth {
    match f {
        Unary::IsNan => x.is_nan(),
        Unary::IsInf => x.abs().equal(f32::INFINITY),
        Unary::IsFinite => x.abs().below(f32::INFINITY),
        Unary::Not => x.equal(0.0),
        _ => x.equal(0.0).not(),
    }
}

fn integer(f: Unary, x: DispatchTensor) -> DispatchTensor {
    match f {
        Unary::Negative => Dispatch::int_neg(x),
        Unary::Square => Dispatch::int_mul(x.clone(), x),
        _ => {
            let store = bool_store(&x);
            let above = Dispatch::int_greater_elem(x.clone(), 0.into(), store);
            let below = Dispatch::int_lower_elem(x, 0.into(), store);
            Dispatch::int_sub(Truth(above).int(), Truth(below).int())
        }
    }
}

fn float(f: Unary, x: &Float) -> Float {
    use Unary as U;
    let of = |f: fn(DispatchTensor) -> DispatchTensor| x.clone().by(f);
    let log = || of(Dispatch::float_log);
    match f {
        U::Copy => x.clone(),
        U::Negative => -x.clone(),
        U::Absolute => x.abs(),
        U::Sign => x.fill(&x.above(0.0), 1.0).fill(&x.below(0.0), -1.0),
        U::Square => x.clone() * x.clone(),
        U::Reciprocal => of(Dispatch::float_recip),
        U::Sqrt => of(Dispatch::float_sqrt),
        U::Rsqrt => of(|x| Dispatch::float_recip(Dispatch::float_sqrt(x))),
        U::Exp => x.exp(),
        U::Expm1 => x.exp_m1(),
        U::Log => log(),
        U::Log1p => of(Dispatch::float_log1p),
        U::Log2 => log() * core::f32::consts::LOG2_E,
        U::Log10 => log() * core::f32::consts::LOG10_E,
        U::Sin => of(Dispatch::float_sin),
        U::Cos => of(Dispatch::float_cos),
        U::Tan => of(Dispatch::float_tan),
        U::Arcsin => of(Dispatch::float_asin),
        U::Arccos => of(Dispatch::float_acos),
        U::Arctan => of(Dispatch::float_atan),
        U::Sinh => of(Dispatch::float_sinh),
        U::Cosh => of(Dispatch::float_cosh),
        U::Tanh => x.tanh(),
        // The square overflows where the logarithm does not.
        U::Arcsinh => {
            let size = x.abs();
            let large = size.clone().by(Dispatch::float_log) + core::f32::consts::LN_2;
            let large = large.or(&x.below(0.0), &-large.clone());
            of(Dispatch::float_asinh).or(&size.above(1e8), &large)
        }
        U::Arccosh => of(Dispatch::float_acosh).or(&x.above(1e8), &(log() + core::f32::consts::LN_2)),
        U::Arctanh => of(Dispatch::float_atanh),
        U::Floor => of(Dispatch::float_floor),
        U::Ceil => of(Dispatch::float_ceil),
        U::Trunc => of(Dispatch::float_trunc),
        U::Round => of(Dispatch::float_round),
        U::Erf => of(Dispatch::float_erf),
        U::IsNan | U::IsInf | U::IsFinite | U::Not | U::IsTrue => truth(f, x).float(),
        U::Activation(act) => activation(act, x),
        U::Slope(act) => slope(act, x),
        U::Rare(rare) => of_rare(rare, x).0,
        U::RareSlope(rare) => of_rare(rare, x).1,
    }
}

const SELU: [f32; 2] = [1.050_701, 1.673_263_2];
/// Twice `sqrt(2 / pi)`, and what the cube is multiplied by: `gelu` is `x` times the sigmoid of `a x (1 + b x²)`.
const GELU: [f32; 2] = [1.595_769, 0.044_715];

fn hard_sigmoid(x: &Float) -> Float {
    (x.clone() + 3.0).clip(0.0, 6.0) * (1.0 / 6.0)
}

/// `alpha * (exp(x) - 1)` below 0.
fn elu(x: &Float, alpha: f32) -> Float {
    let low = x.fill(&x.above(0.0), 0.0).exp_m1() * alpha;
    x.or(&x.below(0.0), &low)
}

/// The share of a normal distribution below `x`.
fn normal(x: &Float) -> Float {
    let erf = (x.clone() * core::f32::consts::FRAC_1_SQRT_2).by(Dispatch::float_erf);
    (erf + 1.0) * 0.5
}

fn gelu_inner(x: &Float) -> Float {
    x.clone() * GELU[0] * (x.clone() * x.clone() * GELU[1] + 1.0)
}

fn activation(act: Act, x: &Float) -> Float {
    match act {
        Act::Linear => x.clone(),
        Act::Relu => x.fill(&x.at_most(0.0), 0.0),
        Act::Relu6 => x.clip(0.0, 6.0),
        Act::LeakyRelu(slope) => x.or(&x.below(0.0), &(x.clone() * slope)),
        Act::Elu(alpha) => elu(x, alpha),
        Act::Selu => elu(x, SELU[1]) * SELU[0],
        Act::Sigmoid => x.sigmoid(),
        Act::HardSigmoid => hard_sigmoid(x),
        Act::HardSigmoidKeras2 => (x.clone() * 0.2 + 0.5).clip(0.0, 1.0),
        Act::Tanh => x.tanh(),
        Act::HardTanh => x.clip(-1.0, 1.0),
        Act::Softplus => x.softplus(),
        Act::Softsign => x.clone() / (x.abs() + 1.0),
        Act::Exponential => x.exp(),
        Act::Silu => x.clone() * x.sigmoid(),
        Act::HardSilu => x.clone() * hard_sigmoid(x),
        Act::GeluTanh => x.clone() * gelu_inner(x).sigmoid(),
        Act::Gelu => x.clone() * normal(x),
        Act::Mish => x.clone() * x.softplus().tanh(),
    }
}

/// The derivative, from the input.
fn slope(act: Act, x: &Float) -> Float {
    let one = || x.like(1.0);
    // Between two numbers, which themselves do not belong to it.
    let inside = |low: f32, high: f32, slope: f32| {
        let within = x.above(low).and(&x.below(high));
        x.like(0.0).fill(&within, slope)
    };
    match act {
        Act::Linear => one(),
        Act::Relu => x.like(0.0).fill(&x.above(0.0), 1.0),
        Act::Relu6 => inside(0.0, 6.0, 1.0),
        Act::LeakyRelu(slope) => x.like(slope).fill(&x.at_least(0.0), 1.0),
        Act::Elu(alpha) => (elu(x, alpha) + alpha).fill(&x.above(0.0), 1.0),
        Act::Selu => (elu(x, SELU[1]) * SELU[0] + SELU[0] * SELU[1]).fill(&x.above(0.0), SELU[0]),
        Act::Sigmoid => {
            let y = x.sigmoid();
            y.clone() * (one() - y)
        }
        Act::HardSigmoid => inside(-3.0, 3.0, 1.0 / 6.0),
        Act::HardSigmoidKeras2 => inside(-2.5, 2.5, 0.2),
        Act::Tanh => {
            let y = x.tanh();
            one() - y.clone() * y
        }
        Act::HardTanh => inside(-1.0, 1.0, 1.0),
        Act::Softplus => x.sigmoid(),
        Act::Softsign => {
            let d = one() / (x.abs() + 1.0);
            d.clone() * d
        }
        Act::Exponential => x.exp(),
        Act::Silu => {
            let p = x.sigmoid();
            x.clone() * p.clone() * (one() - p.clone()) + p
        }
        Act::HardSilu => {
            let inner = x.abs().below(3.0);
            let d = (x.clone() * (1.0 / 6.0)).fill(&inner.not(), 0.0);
            d + hard_sigmoid(x)
        }
        Act::GeluTanh => {
            let p = gelu_inner(x).sigmoid();
            let size = x.abs();
            let size = size.fill(&size.above(1e4), 1e4);
            let inner = (size.clone() * size * (3.0 * GELU[1]) + 1.0) * GELU[0];
            x.clone() * (p.clone() * (one() - p.clone()) * inner) + p
        }
        Act::Gelu => {
            let density = (x.clone() * x.clone() * -0.5).exp() * 0.398_942_3;
            x.clone() * density + normal(x)
        }
        Act::Mish => {
            let t = x.softplus().tanh();
            let d = (one() - t.clone() * t.clone()) * x.sigmoid();
            x.clone() * d + t
        }
    }
}

/// A rare activation and its derivative.
fn of_rare(rare: Rare, x: &Float) -> (Float, Float) {
    let (zero, one) = (x.like(0.0), x.like(1.0));
    let size = x.abs();
    match rare {
        Rare::HardTanh => (x.clip(-1.0, 1.0), one.fill(&size.above(1.0), 0.0)),
        Rare::HardShrink => {
            let far = size.above(0.5);
            (zero.or(&far, x), zero.fill(&far, 1.0))
        }
        Rare::SoftShrink => {
            let far = size.above(0.5);
            let nearer = (x.clone() - 0.5).or(&x.below(0.0), &(x.clone() + 0.5));
            (zero.or(&far, &nearer), zero.fill(&far, 1.0))
        }
        Rare::SparsePlus => {
            let part = (x.clip(-1.0, 1.0) + 1.0) * 0.5;
            let over = x.clone() - 1.0;
            let over = over.fill(&over.at_most(0.0), 0.0);
            (part.clone() * part.clone() + over, x.clone() * 0.0 + part)
        }
        Rare::SparseSigmoid => {
            let part = (x.clip(-1.0, 1.0) + 1.0) * 0.5;
            let slope = zero.fill(&size.equal(1.0), 0.25).fill(&size.below(1.0), 0.5);
            (part, slope)
        }
        Rare::LogSigmoid | Rare::TanhShrink | Rare::Squareplus => {
            let x = -x.clone();
            (-x.softplus(), x.sigmoid())
        }
    }
}

/// The operands in the rank that the result has, not repeated yet.
fn lifted(x: &Array, to: &TensorSpec) -> DispatchTensor {
    let rank = on_device(&to.shape).num_dims();
    let own = on_device(x.shape()).to_vec();
    if own.len() == rank {
        return x.tensor();
    }
    let shape: Vec<usize> = core::iter::repeat_n(1, rank - own.len()).chain(own).collect();
    reshape(x.tensor(), x.dtype(), BurnShape::from(shape))
}

pub(super) fn reshape(x: DispatchTensor, dtype: DType, to: BurnShape) -> DispatchTensor {
    match dtype {
        DType::Float32 => Dispatch::float_reshape(x, to),
        DType::Int32 => Dispatch::int_reshape(x, to),
        DType::Bool => Dispatch::bool_reshape(x, to),
    }
}

/// The elements repeated to fill a shape.
pub(super) fn broadcast(x: &Array, to: &TensorSpec) -> DispatchTensor {
    let (lifted, shape) = (lifted(x, to), on_device(&to.shape));
    if lifted.shape() == shape {
        return lifted;
    }
    match x.dtype() {
        DType::Float32 => Dispatch::float_expand(lifted, shape),
        DType::Int32 => Dispatch::int_expand(lifted, shape),
        DType::Bool => Dispatch::bool_expand(lifted, shape),
    }
}

pub(super) fn binary(f: Binary, x: &[Array], to: &TensorSpec) -> DispatchTensor {
    let [a, b] = [&x[0], &x[1]].map(|x| broadcast(x, to));
    match x[0].dtype() {
        DType::Float32 => floats(f, &Float(a), &Float(b)),
        DType::Int32 => integers(f, a, b),
        DType::Bool => truths(f, a, b),
    }
}

fn truths(f: Binary, a: DispatchTensor, b: DispatchTensor) -> DispatchTensor {
    use Binary as B;
    match f {
        B::And => Dispatch::bool_and(a, b),
        B::Or => Dispatch::bool_or(a, b),
        B::Xor => Dispatch::bool_xor(a, b),
        B::Equal => Dispatch::bool_equal(a, b),
        B::NotEqual => Dispatch::bool_not_equal(a, b),
        _ => floats(f, &Truth(a).float(), &Truth(b).float()),
    }
}

fn floats(f: Binary, a: &Float, b: &Float) -> DispatchTensor {
    use Binary as B;
    let store = bool_store(&a.0);
    let (x, y) = (a.0.clone(), b.0.clone());
    let truth = |x| Truth(x);
    match f {
        B::Add => Dispatch::float_add(x, y),
        B::Subtract => Dispatch::float_sub(x, y),
        B::Multiply => Dispatch::float_mul(x, y),
        B::Divide => Dispatch::float_div(x, y),
        B::Maximum | B::Minimum => {
            let wins = match f {
                B::Maximum => truth(Dispatch::float_greater(x, y, store)),
                _ => truth(Dispatch::float_lower(x, y, store)),
            };
            // NaN of the second is taken as nothing wins; that of the first is put back.
            b.or(&wins, a).or(&a.is_nan(), a).0
        }
        B::Logaddexp => {
            // Infinities that are equal have no difference.
            let above = truth(Dispatch::float_greater(x.clone(), y.clone(), store));
            let (high, low) = (b.or(&above, a), a.or(&above, b));
            let tail = Float(Dispatch::float_log1p((low - high.clone()).exp().0));
            let equal = truth(Dispatch::float_equal(x, y, store));
            let same = a.clone() + core::f32::consts::LN_2;
            (high + tail).or(&equal, &same).0
        }
        B::Equal => Dispatch::float_equal(x, y, store),
        B::NotEqual => Dispatch::bool_not(Dispatch::float_equal(x, y, store)),
        B::Less => Dispatch::float_lower(x, y, store),
        B::LessEqual => Dispatch::float_lower_equal(x, y, store),
        B::Greater => Dispatch::float_greater(x, y, store),
        B::GreaterEqual => Dispatch::float_greater_equal(x, y, store),
        B::Power => Dispatch::float_powf(x, y),
        B::Arctan2 => Dispatch::float_atan2(x, y),
        // `has_binary` says that they have no form for floats, and what has none is never asked for one.
        B::And | B::Or | B::Xor | B::FloorDivide | B::Mod | B::Hypot => {
            unreachable!("these run on the host")
        }
    }
}

pub(super) fn integers(f: Binary, a: DispatchTensor, b: DispatchTensor) -> DispatchTensor {
    use Binary as B;
    let store = bool_store(&a);
    match f {
        B::Add => Dispatch::int_add(a, b),
        B::Subtract => Dispatch::int_sub(a, b),
        B::Multiply => Dispatch::int_mul(a, b),
        B::Maximum => {
            let wins = Dispatch::int_greater(a.clone(), b.clone(), store);
            Dispatch::int_mask_where(b, wins, a)
        }
        B::Minimum => {
            let wins = Dispatch::int_lower(a.clone(), b.clone(), store);
            Dispatch::int_mask_where(b, wins, a)
        }
        B::Equal => Dispatch::int_equal(a, b, store),
        B::NotEqual => Dispatch::int_not_equal(a, b, store),
        B::Less => Dispatch::int_lower(a, b, store),
        B::LessEqual => Dispatch::int_lower_equal(a, b, store),
        B::Greater => Dispatch::int_greater(a, b, store),
        _ => Dispatch::int_greater_equal(a, b, store),
    }
}

pub(super) fn where_(x: &[Array], to: &TensorSpec) -> DispatchTensor {
    let [condition, a, b] = [&x[0], &x[1], &x[2]].map(|x| broadcast(x, to));
    match to.dtype {
        DType::Float32 => Dispatch::float_mask_where(b, condition, a),
        DType::Int32 => Dispatch::int_mask_where(b, condition, a),
        DType::Bool => Dispatch::bool_mask_where(b, condition, a),
    }
}

/// To another type. Floats beyond the integers and NaN are brought within them first.
pub(super) fn cast(x: &Array, to: DType) -> DispatchTensor {
    let tensor = x.tensor();
    match (x.dtype(), to) {
        (DType::Float32, DType::Int32) => {
            let x = Float(tensor);
            let within = x.fill(&x.is_nan(), 0.0).clip(-2_147_483_648.0, 2_147_483_520.0);
            let cut = within.by(Dispatch::float_trunc);
            let largest = x.at_least(2_147_483_648.0);
            Dispatch::int_mask_fill(
                Dispatch::float_into_int(cut.0, IntDType::I32),
                largest.0,
                i32::MAX.into(),
            )
        }
        (DType::Float32, DType::Bool) => Float(tensor).equal(0.0).not().0,
        (DType::Int32, DType::Float32) => Dispatch::int_into_float(tensor, FloatDType::F32),
        (DType::Int32, DType::Bool) => {
            let store = bool_store(&tensor);
            Dispatch::int_not_equal_elem(tensor, 0.into(), store)
        }
        (DType::Bool, DType::Float32) => Dispatch::bool_into_float(tensor, FloatDType::F32),
        (DType::Bool, DType::Int32) => Dispatch::bool_into_int(tensor, IntDType::I32),
        _ => tensor,
    }
}
