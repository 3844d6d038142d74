//! Activation functions that are seldom used: a loop of their own, so that the loops of layers stay small.

use crate::math;
use crate::simd::{Isa, Kernel, Path, path};

/// An elementwise activation whose gradient is computed from its input.
///
/// All take every number of f32; infinities and NaN give what Keras's formulas give on JAX (both shrinks of NaN are 0).
/// Values and derivatives are within 4 times 2⁻²³ of the exact ones, `TanhShrink` and its derivative within 6 times, the
/// values of `SparseSigmoid` within 2⁻²³. Where Keras's formula overflows for finite numbers (`Squareplus` of 1e20) or
/// loses all digits (`TanhShrink` of 1e-4) the exact result is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rare {
    /// `x` between -1 and 1. (`Act::HardTanh` computes the gradient from the output, where 1 may have been more.)
    HardTanh,
    /// `x`, and 0 between -0.5 and 0.5.
    HardShrink,
    /// `x` brought nearer to 0 by 0.5, and 0 between -0.5 and 0.5.
    SoftShrink,
    /// `x - tanh(x)`.
    TanhShrink,
    /// `(x + sqrt(x² + 4)) / 2`.
    Squareplus,
    /// 0 below -1, `x` above 1, and `(x + 1)² / 4` between.
    SparsePlus,
    /// 0 below -1, 1 above 1, and `(x + 1) / 2` between.
    SparseSigmoid,
    /// `-ln(1 + exp(-x))`.
    LogSigmoid,
}

impl Rare {
    /// The activation and its derivative.
    #[inline(always)]
    pub(crate) fn both<S: Isa>(self, s: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let c = |v| s.splat_f32s(v);
        let (zero, one, half) = (c(0.0), c(1.0), c(0.5));
        let clip = |x: S::f32s| s.at_most(s.at_least(x, -1.0), 1.0);
        let size = s.abs_f32s(x);
        // NaN is not above anything.
        let above =
            |limit: f32, a: S::f32s, b: S::f32s| s.select_f32s(s.greater_than_f32s(size, c(limit)), a, b);
        match self {
            Rare::HardTanh => (clip(x), above(1.0, zero, one)),
            Rare::HardShrink => (above(0.5, x, zero), above(0.5, one, zero)),
            Rare::SoftShrink => {
                let negative = s.less_than_f32s(x, zero);
                let nearer = s.sub_f32s(x, s.select_f32s(negative, c(-0.5), half));
                (above(0.5, nearer, zero), above(0.5, one, zero))
            }
            Rare::TanhShrink => math::tanh_shrink(s, x),
            Rare::Squareplus => {
                // The square neither overflows nor is the 4 seen beside it.
                let root = above(1e9, size, s.sqrt_f32s(s.fma(x, x, c(4.0))));
                // Below 0 the sum loses its digits: 2 / (root - x) is the same. At -inf it is NaN.
                let low = s.add_f32s(s.div_f32s(c(2.0), s.sub_f32s(root, x)), s.sub_f32s(x, x));
                let high = s.fma(half, x, s.mul_f32s(half, root));
                let y = s.select_f32s(s.less_than_f32s(x, zero), low, high);
                (y, s.div_f32s(y, root))
            }
            Rare::SparsePlus => {
                let part = s.mul_f32s(half, s.add_f32s(clip(x), one));
                let over = math::relu(s, s.sub_f32s(x, one));
                // Keras's derivative at the infinities is NaN.
                (s.fma(part, part, over), s.fma(x, zero, part))
            }
            Rare::SparseSigmoid => {
                let part = s.mul_f32s(half, s.add_f32s(clip(x), one));
                // At the corners half of the way, as Keras has it.
                let at = s.select_f32s(s.equal_f32s(size, one), c(0.25), zero);
                (part, s.select_f32s(s.less_than_f32s(size, one), half, at))
            }
            Rare::LogSigmoid => {
                let x = s.neg_f32s(x);
                (s.neg_f32s(math::softplus(s, x)), math::sigmoid(s, x))
            }
        }
    }

    /// Whether the derivative picks what passes: what does not pass is 0 then, even if it is infinite or NaN.
    const fn picks(self) -> bool {
        matches!(
            self,
            Rare::HardTanh | Rare::HardShrink | Rare::SoftShrink | Rare::SparsePlus | Rare::SparseSigmoid
        )
    }

    /// Applies it to every element of `x`.
    pub fn forward(self, x: &mut [f32]) {
        self.forward_on(path(), x);
    }

    /// [`Rare::forward`] with a given instruction set.
    pub fn forward_on(self, path: Path, x: &mut [f32]) {
        struct Forward<'a>(Rare, &'a mut [f32]);
        impl Kernel for Forward<'_> {
            type Out = ();
            #[inline(always)]
            fn run<S: Isa>(self, s: S) {
                for x in self.1.chunks_mut(S::F32_LANES) {
                    let y = self.0.both(s, s.load(x)).0;
                    s.store(x, y);
                }
            }
        }
        path.run(Forward(self, x));
    }

    /// `dx = dy * derivative`, from the input `x`. Where a derivative of 0 stands for what does not pass (all but
    /// `TanhShrink`, `Squareplus` and `LogSigmoid`), `dx` is 0 even if `dy` is infinite or NaN.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn backward(self, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        self.backward_on(path(), x, dy, dx);
    }

    /// [`Rare::backward`] with a given instruction set.
    pub fn backward_on(self, path: Path, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        struct Backward<'a>(Rare, &'a [f32], &'a [f32], &'a mut [f32]);
        impl Kernel for Backward<'_> {
            type Out = ();
            #[inline(always)]
            fn run<S: Isa>(self, s: S) {
                let l = S::F32_LANES;
                for ((x, dy), dx) in self.1.chunks(l).zip(self.2.chunks(l)).zip(self.3.chunks_mut(l)) {
                    let (slope, zero) = (self.0.both(s, s.load(x)).1, s.splat_f32s(0.0));
                    let d = s.mul_f32s(s.load(dy), slope);
                    let d =
                        if self.0.picks() { s.select_f32s(s.equal_f32s(slope, zero), zero, d) } else { d };
                    s.store(dx, d);
                }
            }
        }
        assert!(x.len() == dy.len() && dy.len() == dx.len(), "lengths differ");
        path.run(Backward(self, x, dy, dx));
    }
}
