//! What is on its way between ranks while they compute.

use core::fmt;

/// Numbers that all ranks send each other while they go on computing: what [`Collective::begin`](super::Collective::begin) is
/// given, and what [`Collective::finish`](super::Collective::finish) gives for it.
#[derive(Clone, PartialEq)]
pub enum Parcel {
    /// As many numbers of each rank, to be added up; then their sums.
    Sum(Vec<f32>, Wire),
    /// Bytes of each rank, to be put one behind the other in the order of the ranks; then all of them.
    Gather {
        /// Those of this rank; then those of all.
        bytes: Vec<u8>,
        /// How many each rank gives: all of them know that.
        lengths: Vec<usize>,
    },
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parcel::Sum(numbers, wire) => write!(f, "Sum({} numbers, {wire:?})", numbers.len()),
            Parcel::Gather { bytes, lengths } => write!(f, "Gather({} bytes of {lengths:?})", bytes.len()),
        }
    }
}

/// How numbers travel that are added up. The sums themselves are of 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// As they are.
    #[default]
    Float32,
    /// Rounded to [bfloat16](bfloat16), half the bytes: each summand once, and the sum once more.
    Bfloat16,
}

/// Numbers of 16 bits: the upper half of an `f32`. Rounding moves a number by 2^-9 of it at most; all magnitudes stay.
///
/// ```
/// use keras_core::distribution::bfloat16;
///
/// assert_eq!(bfloat16::widen(bfloat16::round(1.5)), 1.5);
/// assert_eq!(bfloat16::widen(bfloat16::round(0.1)), 0.100_097_656);
/// assert!(bfloat16::widen(bfloat16::round(f32::NAN)).is_nan());
/// ```
pub mod bfloat16 {
    /// The nearest number of 16 bits, of two the even one.
    #[must_use]
    pub fn round(number: f32) -> u16 {
        let bits = number.to_bits();
        if number.is_nan() {
            // Rounding could carry it to infinity.
            return (bits >> 16) as u16 | 0x40;
        }
        (bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16
    }

    /// The same number of 32 bits.
    #[must_use]
    pub fn widen(bits: u16) -> f32 {
        keras_shape::float_of_brain(bits)
    }
}
