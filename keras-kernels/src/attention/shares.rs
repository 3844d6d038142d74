//! What is done to the scores of a block, row by row.

use super::{Attention, Block, Hidden, Mask};
use crate::simd::{Isa, Kernel, Path};
use crate::softmax::shares;
use crate::vector;

/// Makes shares of the scores `x (rows, columns)` of a block.
pub(super) struct Softmax<'a> {
    pub x: &'a mut [f32],
    /// What the scores are multiplied with first.
    pub scale: f32,
    pub of: &'a Attention,
    pub mask: &'a Mask<'a>,
    pub at: &'a Block,
}

/// How far a score that does not count is lowered.
const LOW: f32 = -1e9;

impl Kernel for Softmax<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Softmax { x, scale, of, mask, at } = self;
        let all = mask.is_none();
        // A number that the scores can be multiplied with on the way, as all of them count and stay in their order.
        if all && scale > 0.0 && scale < f32::INFINITY {
            return shares(s, x, of.columns, scale);
        }
        for (row, i) in x.chunks_exact_mut(of.columns).zip(at.rows.clone()) {
            row.iter_mut().for_each(|x| *x *= scale);
            if !all {
                let place = [at.sample, at.head, i];
                match of.hidden {
                    Hidden::Replaced | Hidden::Zeroed => mask.hide(of, place, row, |_| LOW),
                    Hidden::Lowered => mask.hide(of, place, row, |x| x + LOW),
                    Hidden::Lowest => mask.hide(of, place, row, |_| -0.7 * f32::MAX),
                }
            }
        }
        shares(s, x, of.columns, 1.0);
        if !all && of.hidden == Hidden::Zeroed {
            for (row, i) in x.chunks_exact_mut(of.columns).zip(at.rows.clone()) {
                mask.hide(of, [at.sample, at.head, i], row, |_| 0.0);
            }
        }
    }
}

/// Makes of the gradient `d (rows, columns)` of what the value was multiplied with that of the scores.
pub(super) struct Slopes<'a> {
    pub d: &'a mut [f32],
    pub shares: &'a [f32],
    /// What the shares were multiplied with.
    pub factors: Option<&'a [f32]>,
    /// A gradient of the shares from elsewhere.
    pub more: Option<&'a [f32]>,
    /// What the result is multiplied with.
    pub scale: f32,
    pub of: &'a Attention,
    pub mask: &'a Mask<'a>,
    pub at: &'a Block,
}

impl Kernel for Slopes<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Slopes { d, shares, factors, more, scale, of, mask, at } = self;
        if let Some(factors) = factors {
            d.iter_mut().zip(factors).for_each(|(d, f)| *d *= f);
        }
        if let Some(more) = more {
            d.iter_mut().zip(more).for_each(|(d, x)| *d += x);
        }
        let n = of.columns;
        let constant = of.hidden != Hidden::Lowered && !mask.is_none();
        let rows = d.chunks_exact_mut(n).zip(shares.chunks_exact(n)).zip(at.rows.clone());
        for ((d, shares), i) in rows {
            let sum = vector::dot(s, d, shares);
            d.iter_mut().zip(shares).for_each(|(d, p)| *d = scale * p * (*d - sum));
            if constant {
                mask.hide(of, [at.sample, at.head, i], d, |_| 0.0);
            }
        }
    }
}

/// `to = a * b`, element by element.
pub(super) fn multiply(path: Path, a: &[f32], b: &[f32], to: &mut [f32]) {
    struct Multiply<'a>(&'a [f32], &'a [f32], &'a mut [f32]);
    impl Kernel for Multiply<'_> {
        type Out = ();
        #[inline(always)]
        fn run<S: Isa>(self, _: S) {
            for ((a, b), to) in self.0.iter().zip(self.1).zip(self.2) {
                *to = a * b;
            }
        }
    }
    path.run(Multiply(a, b, to));
}

/// The sum of the products.
pub(super) fn dot(path: Path, a: &[f32], b: &[f32]) -> f32 {
    struct Dot<'a>(&'a [f32], &'a [f32]);
    impl Kernel for Dot<'_> {
        type Out = f32;
        #[inline(always)]
        fn run<S: Isa>(self, s: S) -> f32 {
            vector::dot(s, self.0, self.1)
        }
    }
    path.run(Dot(a, b))
}
