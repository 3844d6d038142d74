//! Activation functions that are seldom used: a loop of their own, so that the loops of layers stay small.

use crate::math;
use crate::simd::{Isa, Kernel, path};

/// An elementwise activation whose gradient is computed from its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rare {
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
    fn both<S: Isa>(self, s: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let c = |v| s.splat_f32s(v);
        let (zero, one, half) = (c(0.0), c(1.0), c(0.5));
        let clip = |x: S::f32s, low: S::f32s, high: S::f32s| {
            let y = s.select_f32s(s.less_than_f32s(x, low), low, x);
            s.select_f32s(s.greater_than_f32s(y, high), high, y)
        };
        let small = s.less_than_or_equal_f32s(s.abs_f32s(x), half);
        match self {
            Rare::HardShrink => (s.select_f32s(small, zero, x), s.select_f32s(small, zero, one)),
            Rare::SoftShrink => (s.sub_f32s(x, clip(x, c(-0.5), half)), s.select_f32s(small, zero, one)),
            Rare::TanhShrink => {
                let t = math::tanh(s, x);
                (s.sub_f32s(x, t), s.mul_f32s(t, t))
            }
            Rare::Squareplus => {
                let root = s.sqrt_f32s(s.fma(x, x, c(4.0)));
                (s.mul_f32s(half, s.add_f32s(x, root)), s.fma(half, s.div_f32s(x, root), half))
            }
            Rare::SparsePlus => {
                let part = s.mul_f32s(half, s.add_f32s(clip(x, c(-1.0), one), one));
                let above = math::relu(s, s.sub_f32s(x, one));
                (s.fma(part, part, above), part)
            }
            Rare::SparseSigmoid => {
                let part = s.mul_f32s(half, s.add_f32s(clip(x, c(-1.0), one), one));
                let inside = s.less_than_or_equal_f32s(s.abs_f32s(x), one);
                (part, s.select_f32s(inside, half, zero))
            }
            Rare::LogSigmoid => {
                let y = s.neg_f32s(math::softplus(s, s.neg_f32s(x)));
                (y, math::sigmoid(s, s.neg_f32s(x)))
            }
        }
    }

    /// Applies it to every element of `x`.
    pub fn forward(self, x: &mut [f32]) {
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
        path().run(Forward(self, x));
    }

    /// `dx = dy * derivative`, from the input `x`.
    ///
    /// # Panics
    /// The lengths differ.
    pub fn backward(self, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        struct Backward<'a>(Rare, &'a [f32], &'a [f32], &'a mut [f32]);
        impl Kernel for Backward<'_> {
            type Out = ();
            #[inline(always)]
            fn run<S: Isa>(self, s: S) {
                let l = S::F32_LANES;
                for ((x, dy), dx) in self.1.chunks(l).zip(self.2.chunks(l)).zip(self.3.chunks_mut(l)) {
                    let slope = self.0.both(s, s.load(x)).1;
                    s.store(dx, s.mul_f32s(s.load(dy), slope));
                }
            }
        }
        assert!(x.len() == dy.len() && dy.len() == dx.len(), "lengths differ");
        path().run(Backward(self, x, dy, dx));
    }
}
