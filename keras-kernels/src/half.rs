//! Numbers of 32 bits as the nearest ones of 16.
//!
//! Of two that are as near it is the one whose last bit is 0. NaN stays NaN: a quiet one, of whose
//! other bits those that 16 do not hold are cut off.

use crate::simd::{Isa, Kernel, path};

/// Fills `y` with the numbers of `x` rounded to bfloat16: 8 bits of exponent and 8 significant ones.
///
/// # Panics
/// The lengths differ.
pub fn bfloat16(x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "lengths");
    path().run(Bfloat16(x, y));
}

/// Fills `y` with the numbers of `x` rounded to float16: 5 bits of exponent and 11 significant ones, at most 65504; what is nearer
/// to the next that there would be is infinite.
///
/// # Panics
/// The lengths differ.
pub fn float16(x: &[f32], y: &mut [f32]) {
    assert_eq!(x.len(), y.len(), "lengths");
    path().run(Float16(x, y));
}

const SIGN: u32 = 1 << 31;

/// The first bit of a fraction, which tells quiet NaN from signalling ones.
const QUIET: u32 = 1 << 22;

/// `x` without its last `BITS` bits, rounded.
#[inline(always)]
fn nearest<const BITS: u32>(x: f32) -> f32 {
    let all = x.to_bits();
    let half = (1u32 << (BITS - 1)) - 1 + ((all >> BITS) & 1);
    f32::from_bits(all.wrapping_add(half) & !((1 << BITS) - 1))
}

/// The quiet NaN of the bits of `x` but the last `BITS`: without the bit that makes it quiet, one whose first bits are 0
/// would be infinite.
#[inline(always)]
fn nan<const BITS: u32>(x: f32) -> f32 {
    f32::from_bits((x.to_bits() | QUIET) & !((1 << BITS) - 1))
}

struct Bfloat16<'a>(&'a [f32], &'a mut [f32]);

impl Kernel for Bfloat16<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        for (y, x) in self.1.iter_mut().zip(self.0) {
            let rounded = nearest::<16>(*x);
            *y = if x.is_nan() { nan::<16>(*x) } else { rounded };
        }
    }
}

struct Float16<'a>(&'a [f32], &'a mut [f32]);

impl Kernel for Float16<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, _: S) {
        // A sum with it is an integer.
        const ROUND: f32 = 12_582_912.0;
        for (y, x) in self.1.iter_mut().zip(self.0) {
            let (sign, size) = (x.to_bits() & SIGN, f32::from_bits(x.to_bits() & !SIGN));
            // Below 2^-14 numbers are multiples of 2^-24, and halfway between the largest number and the next is 65520.
            let small = (size * 16_777_216.0 + ROUND - ROUND) / 16_777_216.0;
            let finite = if size < 6.103_515_6e-5 { small } else { nearest::<13>(size) };
            let rounded = if size >= 65520.0 { f32::INFINITY } else { finite };
            *y = if x.is_nan() { nan::<13>(*x) } else { f32::from_bits(rounded.to_bits() | sign) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::of_test::on;

    /// Bit patterns of every exponent, with the least and largest fractions and those at and beside the middle of two numbers.
    fn patterns() -> Vec<f32> {
        let ends =
            [0u32, 1, 0xfff, 0x1000, 0x1001, 0x2fff, 0x3000, 0x7fff, 0x8000, 0x8001, 0x1_8000, 0x7f_ffff];
        let all = (0..512u32).flat_map(|high| ends.iter().map(move |low| high << 23 | low));
        all.map(f32::from_bits).collect()
    }

    /// The nearest of the numbers with so many significant bits that are multiples of `2^least`, by arithmetic in doubles.
    fn defined(x: f32, bits: i32, least: i32, beyond: f64) -> f32 {
        let size = f64::from(x).abs();
        if !(size > 0.0 && size < f64::INFINITY) {
            return x;
        }
        let unit = 2f64.powi((size.log2().floor() as i32 - bits + 1).max(least));
        let near = (size / unit).round_ties_even() * unit;
        (if near >= beyond { f32::INFINITY } else { near as f32 }).copysign(x)
    }

    #[test]
    fn every_kind_of_number_is_rounded_as_defined() {
        let x = patterns();
        for set in 0..4 {
            let (mut bf, mut half) = (vec![7.0; x.len()], vec![7.0; x.len()]);
            on(set, || {
                bfloat16(&x, &mut bf);
                float16(&x, &mut half);
            });
            for (i, x) in x.iter().enumerate() {
                let same = |found: f32, wanted: f32| {
                    found.to_bits() == wanted.to_bits() || found.is_nan() && wanted.is_nan()
                };
                let (wanted_bf, wanted_half) =
                    (defined(*x, 8, -133, 2f64.powi(128)), defined(*x, 11, -24, 65536.0));
                assert!(same(bf[i], wanted_bf), "{x:e} as bfloat16: {:e}, not {wanted_bf:e}", bf[i]);
                assert!(same(half[i], wanted_half), "{x:e} as float16: {:e}, not {wanted_half:e}", half[i]);
            }
        }
    }

    #[test]
    fn nan_has_the_bits_of_16() {
        let bits = [0x7f80_0001, 0xff80_0001, 0x7fc0_0000, 0x7fff_ffff, 0xffa5_5555u32];
        let x = bits.map(f32::from_bits);
        for set in 0..4 {
            let (mut bf, mut half) = ([7.0; 5], [7.0; 5]);
            on(set, || {
                bfloat16(&x, &mut bf);
                float16(&x, &mut half);
            });
            let wanted = [0x7fc0_0000, 0xffc0_0000, 0x7fc0_0000, 0x7fff_0000, 0xffe5_0000];
            assert_eq!(bf.map(f32::to_bits), wanted, "as bfloat16");
            let wanted = [0x7fc0_0000, 0xffc0_0000, 0x7fc0_0000, 0x7fff_e000, 0xffe5_4000];
            assert_eq!(half.map(f32::to_bits), wanted, "as float16");
        }
    }

    #[test]
    fn any_length_is_rounded() {
        for n in 0..70 {
            let x = vec![0.1; n];
            let mut y = vec![7.0; n];
            bfloat16(&x, &mut y);
            assert!(y.iter().all(|y| *y == 0.100_097_656));
            float16(&x, &mut y);
            assert!(y.iter().all(|y| *y == 0.099_975_586));
        }
    }
}
