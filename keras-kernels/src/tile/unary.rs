//! The loops of functions of one number. Each function has a loop of its own, which is small enough that a compiler
//! inlines all of it: one loop that asks for the function inside calls the operations of vectors one by one.

use super::code::Unary;
use super::loops::{Loop, is_one};
use crate::activation::formula::{self, Formula};
use crate::activation::{Act, formulas};
use crate::math;
use crate::rare::Rare;
use crate::simd::{Isa, Kernel, Path};

impl Loop<1> for Unary {
    fn run(self, path: Path, to: &mut [f32], [x]: [&[f32]; 1]) {
        if is_one(x, to.len()) {
            let mut one = [0.0];
            self.run(path, &mut one, [x]);
            return to.fill(one[0]);
        }
        match self.number() {
            Some(_) => path.run(Numbers(self, to, x)),
            None => vectors(path, self, to, x),
        }
    }
}

/// Functions of single numbers.
struct Numbers<'a>(Unary, &'a mut [f32], &'a [f32]);

impl Kernel for Numbers<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        let Numbers(f, to, x) = self;
        // What rounds is one instruction, where the loop knows it.
        macro_rules! each {
            ($f:expr) => {
                for (to, x) in to.iter_mut().zip(x) {
                    *to = $f(*x);
                }
            };
        }
        match f {
            Unary::Floor => each!(f32::floor),
            Unary::Ceil => each!(f32::ceil),
            Unary::Trunc => each!(f32::trunc),
            Unary::Round => each!(f32::round_ties_even),
            other => {
                if let Some(f) = other.number() {
                    each!(f);
                }
            }
        }
    }
}

/// A function of one vector.
trait Function: Copy {
    fn of<S: Isa>(self, s: S, x: S::f32s) -> S::f32s;
}

/// A function of every vector: the last may be a part of one.
struct Each<'a, F>(F, &'a mut [f32], &'a [f32]);

impl<F: Function> Kernel for Each<'_, F> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Each(f, to, x) = self;
        let (x, x_rest) = S::as_simd_f32s(x);
        let (to, to_rest) = S::as_mut_simd_f32s(to);
        let part = [s.partial_load_f32s(x_rest)];
        let mut result = part;
        let parts = usize::from(!to_rest.is_empty());
        // One loop for whole vectors and for the part of one: with two the function would be compiled twice.
        for (to, x) in [(to, x), (&mut result[..parts], &part[..parts])] {
            for (to, x) in to.iter_mut().zip(x) {
                *to = f.of(s, *x);
            }
        }
        if parts > 0 {
            s.partial_store_f32s(to_rest, result[0]);
        }
    }
}

/// Runs the loop of one function.
macro_rules! each {
    ($path:expr, $to:expr, $x:expr, |$s:ident, $v:ident| $body:expr) => {{
        #[derive(Clone, Copy)]
        struct This;
        impl Function for This {
            #[inline(always)]
            fn of<S: Isa>(self, $s: S, $v: S::f32s) -> S::f32s {
                $body
            }
        }
        $path.run(Each(This, $to, $x))
    }};
}

/// 1 where a mask is set, else 0.
#[inline(always)]
fn truth<S: Isa>(s: S, mask: S::m32s) -> S::f32s {
    s.select_f32s(mask, s.splat_f32s(1.0), s.splat_f32s(0.0))
}

/// 0 where a mask is set, else 1.
#[inline(always)]
fn untruth<S: Isa>(s: S, mask: S::m32s) -> S::f32s {
    s.select_f32s(mask, s.splat_f32s(0.0), s.splat_f32s(1.0))
}

/// The functions that have code for vectors.
fn vectors(path: Path, f: Unary, to: &mut [f32], x: &[f32]) {
    macro_rules! of {
        (|$s:ident, $v:ident| $body:expr) => {
            each!(path, to, x, |$s, $v| $body)
        };
    }
    match f {
        Unary::Negative => of!(|s, x| s.neg_f32s(x)),
        Unary::Absolute => of!(|s, x| s.abs_f32s(x)),
        Unary::Square => of!(|s, x| s.mul_f32s(x, x)),
        Unary::Reciprocal => of!(|s, x| s.div_f32s(s.splat_f32s(1.0), x)),
        Unary::Sqrt => of!(|s, x| s.sqrt_f32s(x)),
        Unary::Rsqrt => of!(|s, x| s.div_f32s(s.splat_f32s(1.0), s.sqrt_f32s(x))),
        Unary::Exp => of!(|s, x| math::exp(s, x)),
        Unary::Expm1 => of!(|s, x| math::exp_m1(s, x)),
        Unary::Log => of!(|s, x| math::ln(s, x)),
        Unary::Tanh => of!(|s, x| math::tanh(s, x)),
        Unary::Not => of!(|s, x| truth(s, s.equal_f32s(x, s.splat_f32s(0.0)))),
        Unary::IsTrue => of!(|s, x| untruth(s, s.equal_f32s(x, s.splat_f32s(0.0)))),
        Unary::IsNan => of!(|s, x| untruth(s, s.equal_f32s(x, x))),
        Unary::IsFinite => of!(|s, x| truth(s, s.less_than_f32s(s.abs_f32s(x), s.splat_f32s(f32::INFINITY)))),
        Unary::IsInf => of!(|s, x| truth(s, s.equal_f32s(s.abs_f32s(x), s.splat_f32s(f32::INFINITY)))),
        Unary::Activation(act) => activation(path, act, to, x),
        Unary::Slope(act) => slope(path, act, to, x),
        Unary::Rare(rare) => path.run(Each(OfRare(rare), to, x)),
        Unary::RareSlope(rare) => path.run(Each(SlopeOfRare(rare), to, x)),
        // `Copy` is no loop of this kind; the others are functions of single numbers.
        _ => to.copy_from_slice(x),
    }
}

fn activation(path: Path, act: Act, to: &mut [f32], x: &[f32]) {
    macro_rules! all {
        ($($name:ident)*) => {
            match act {
                $(Act::$name => each!(path, to, x, |s, x| formula::$name::value(s, x)),)*
                Act::Linear => to.copy_from_slice(x),
                Act::LeakyRelu(_) | Act::Elu(_) => path.run(Each(OfParameter(act), to, x)),
            }
        };
    }
    formulas!(all)
}

/// The derivatives of activations, from the input.
fn slope(path: Path, act: Act, to: &mut [f32], x: &[f32]) {
    macro_rules! all {
        ($($name:ident)*) => {
            match act {
                $(Act::$name => each!(path, to, x, |s, x| {
                    let of = if const { Act::$name.needs_input() } { x } else { formula::$name::value(s, x) };
                    formula::$name::slope(s, of)
                }),)*
                Act::Linear => to.fill(1.0),
                Act::LeakyRelu(_) | Act::Elu(_) => path.run(Each(SlopeOfParameter(act), to, x)),
            }
        };
    }
    formulas!(all)
}

/// [`Act::LeakyRelu`] or [`Act::Elu`].
#[derive(Clone, Copy)]
struct OfParameter(Act);

impl Function for OfParameter {
    #[inline(always)]
    fn of<S: Isa>(self, s: S, x: S::f32s) -> S::f32s {
        match self.0 {
            Act::Elu(alpha) => formula::elu(s, x, alpha),
            Act::LeakyRelu(slope) => formula::leaky_relu(s, x, slope),
            _ => x,
        }
    }
}

/// The derivative of [`OfParameter`].
#[derive(Clone, Copy)]
struct SlopeOfParameter(Act);

impl Function for SlopeOfParameter {
    #[inline(always)]
    fn of<S: Isa>(self, s: S, x: S::f32s) -> S::f32s {
        match self.0 {
            Act::Elu(alpha) => formula::elu_slope(s, formula::elu(s, x, alpha), alpha),
            Act::LeakyRelu(slope) => formula::leaky_relu_slope(s, formula::leaky_relu(s, x, slope), slope),
            _ => x,
        }
    }
}

#[derive(Clone, Copy)]
struct OfRare(Rare);

impl Function for OfRare {
    #[inline(always)]
    fn of<S: Isa>(self, s: S, x: S::f32s) -> S::f32s {
        self.0.both(s, x).0
    }
}

#[derive(Clone, Copy)]
struct SlopeOfRare(Rare);

impl Function for SlopeOfRare {
    #[inline(always)]
    fn of<S: Isa>(self, s: S, x: S::f32s) -> S::f32s {
        self.0.both(s, x).1
    }
}
