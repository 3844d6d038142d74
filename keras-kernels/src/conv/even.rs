//! Whether numbers are of one order of magnitude: what Winograd's tiles ask for.
//!
//! A tile adds and subtracts numbers before it multiplies them. Where one of them is infinite, NaN or far larger than its
//! neighbours, those are lost in such sums, although a plain sum might have multiplied the large one with 0; numbers near
//! the largest that there are overflow, and the halves of the smallest are rounded.

use crate::simd::{Isa, Kernel, Path};

/// How many octaves the largest number may be above the (geometric) mean of what is not 0. Activations and gradients of
/// trained networks stay below ten or twelve.
const OCTAVES: u32 = 14;

/// The exponents of the largest and the smallest largest number: sums of products of such numbers stay in the range of
/// `f32`, and so do their halves and quarters.
const EXPONENTS: [i32; 2] = [-60, 40];

/// Whether `x` has no number that is far larger than the others, none so large or all so small that sums of products
/// leave the range of `f32`, and none that is not finite.
pub(crate) fn is_even(path: Path, x: &[f32]) -> bool {
    path.run(Even(x))
}

struct Even<'a>(&'a [f32]);

/// Bits below the exponent that count as a part of the logarithm, of which there are 23.
const FRACTION: u32 = 7;

/// Numbers whose logarithms' sum fits into 32 bits.
const PART: usize = 1 << 16;

impl Kernel for Even<'_> {
    type Out = bool;

    /// As integers the magnitudes are in the same order, and about their logarithms: the loop is one of integers, which
    /// the compiler makes vectors of.
    #[inline(always)]
    fn run<S: Isa>(self, _: S) -> bool {
        let (mut largest, mut sum, mut count) = (0u32, 0u64, 0u64);
        for part in self.0.chunks(PART) {
            let (mut most, mut logarithms, mut n) = (0u32, 0u32, 0u32);
            for x in part {
                let bits = x.to_bits() & (u32::MAX >> 1);
                most = most.max(bits);
                logarithms += bits >> (23 - FRACTION);
                n += u32::from(bits != 0);
            }
            largest = largest.max(most);
            sum += u64::from(logarithms);
            count += u64::from(n);
        }
        if count == 0 {
            return true;
        }
        let [low, high] = EXPONENTS.map(|exponent| ((127 + exponent) as u32) << 23);
        let mean = (sum / count) as u32;
        (low..=high).contains(&largest) && largest >> (23 - FRACTION) <= mean + (OCTAVES << FRACTION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_far_from_the_others_is_found() {
        for path in Path::all() {
            for n in [1, 2, 3, 17, 300, 70_000] {
                let even: Vec<f32> = (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) / 7.0).collect();
                assert!(is_even(path, &even), "{path:?} {n}");
                for at in [0, n / 2, n - 1] {
                    for odd in
                        [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN, 3e38, -1e38, 1e20, -1e15]
                    {
                        let mut x = even.clone();
                        x[at] = odd;
                        assert!(!is_even(path, &x), "{path:?} {n} {at} {odd}");
                    }
                    // Zeros and small numbers are in nobody's way.
                    for odd in [0.0, -0.0, 1e-3, f32::MIN_POSITIVE, 1e-45] {
                        let mut x = even.clone();
                        x[at] = odd;
                        assert!(n < 10 || is_even(path, &x), "{path:?} {n} {at} {odd}");
                    }
                }
            }
            assert!(is_even(path, &[]) && is_even(path, &[0.0; 40]));
            assert!(!is_even(path, &[1e-30; 40]) && !is_even(path, &[1e30; 40]));
            assert!(is_even(path, &[1e-10; 40]) && is_even(path, &[1e10; 40]));
        }
    }
}
