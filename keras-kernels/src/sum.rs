//! The sum of two tensors and what cuts off a part of its range, in one pass.

use crate::after::Rectify;
use crate::simd::{Isa, Kernel, path};

/// `y = rectify(a + b)`.
///
/// # Panics
/// The lengths differ.
pub fn sum(a: &[f32], b: &[f32], rectify: Rectify, y: &mut [f32]) {
    assert!(a.len() == y.len() && b.len() == y.len(), "lengths differ");
    path().run(Sum { a, b, rectify, y });
}

struct Sum<'a> {
    a: &'a [f32],
    b: &'a [f32],
    rectify: Rectify,
    y: &'a mut [f32],
}

impl Kernel for Sum<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let l = S::F32_LANES;
        for ((a, b), y) in self.a.chunks(l).zip(self.b.chunks(l)).zip(self.y.chunks_mut(l)) {
            let sum = s.add_f32s(s.load(a), s.load(b));
            s.store(y, self.rectify.of(s, sum));
        }
    }
}

/// The gradients of [`sum`], each the same: that of the result `y` where something went through.
///
/// # Panics
/// The lengths differ.
pub fn sum_backward(y: &[f32], dy: &[f32], rectify: Rectify, to: [Option<&mut [f32]>; 2]) {
    assert!(y.len() == dy.len() && to.iter().flatten().all(|to| to.len() == y.len()), "lengths differ");
    match to {
        [Some(a), Some(b)] => path().run(Both { y, dy, rectify, a, b }),
        [one, other] => one.into_iter().chain(other).for_each(|a| path().run(One { y, dy, rectify, a })),
    }
}

struct One<'a> {
    y: &'a [f32],
    dy: &'a [f32],
    rectify: Rectify,
    a: &'a mut [f32],
}

impl Kernel for One<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let l = S::F32_LANES;
        for ((y, dy), a) in self.y.chunks(l).zip(self.dy.chunks(l)).zip(self.a.chunks_mut(l)) {
            s.store(a, self.rectify.slope(s, s.load(y), s.load(dy)));
        }
    }
}

struct Both<'a> {
    y: &'a [f32],
    dy: &'a [f32],
    rectify: Rectify,
    a: &'a mut [f32],
    b: &'a mut [f32],
}

impl Kernel for Both<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let l = S::F32_LANES;
        let given = self.y.chunks(l).zip(self.dy.chunks(l));
        for (((y, dy), a), b) in given.zip(self.a.chunks_mut(l)).zip(self.b.chunks_mut(l)) {
            let d = self.rectify.slope(s, s.load(y), s.load(dy));
            s.store(a, d);
            s.store(b, d);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::activation::Act;
    use crate::simd::of_test::on;

    fn number() -> impl Strategy<Value = f32> {
        prop_oneof![
            4 => -8.0f32..8.0,
            1 => prop::sample::select(vec![
                0.0, -0.0, 6.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e-41, -1e-41, f32::MAX, f32::MIN
            ]),
        ]
    }

    proptest! {
        /// As the sum and the activation one after the other, to the bit.
        #[test]
        fn as_one_after_the_other(
            numbers in prop::collection::vec((number(), number(), -2.0f32..2.0), 0..70),
            which in 0usize..3, set in 0usize..4,
        ) {
            let [a, b, dy] = [0, 1, 2].map(|i| numbers.iter().map(|n| [n.0, n.1, n.2][i]).collect::<Vec<f32>>());
            let rectify = [Rectify::No, Rectify::Relu, Rectify::Relu6][which];
            let act = [Act::Linear, Act::Relu, Act::Relu6][which];
            let (mut wanted, mut d) = (a.clone(), vec![7.0; a.len()]);
            wanted.iter_mut().zip(&b).for_each(|(y, b)| *y += b);
            let (mut y, mut both, mut one) = (d.clone(), [d.clone(), d.clone()], d.clone());
            on(set, || {
                act.forward(&mut wanted);
                act.backward(&wanted, &dy, &mut d);
                sum(&a, &b, rectify, &mut y);
                sum_backward(&y, &dy, rectify, both.each_mut().map(|to| Some(&mut to[..])));
                sum_backward(&y, &dy, rectify, [None, Some(&mut one)]);
            });
            let bits = |x: &[f32]| x.iter().map(|x| if x.is_nan() { 1 } else { x.to_bits() }).collect::<Vec<u32>>();
            prop_assert_eq!(bits(&y), bits(&wanted));
            // A gradient of no size may have either sign.
            let plain = |x: &[f32]| bits(&x.iter().map(|x| x + 0.0).collect::<Vec<f32>>());
            for found in [&both[0], &both[1], &one] {
                prop_assert_eq!(plain(found), plain(&d));
            }
        }
    }
}
