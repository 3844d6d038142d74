//! The numbers of 16 bits in which a layer may compute: Keras's mixed policies.

/// The numbers of 16 bits in which a layer computes. Its weights are of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 8 bits of exponent and 8 significant ones: Keras's `mixed_bfloat16`.
    Bfloat16,
    /// 5 bits of exponent and 11 significant ones, at most 65504: Keras's `mixed_float16`.
    Float16,
}

impl Precision {
    /// Keras's name of the policy.
    pub const fn policy(self) -> &'static str {
        match self {
            Precision::Bfloat16 => "mixed_bfloat16",
            Precision::Float16 => "mixed_float16",
        }
    }

    /// The name of the type of these numbers.
    pub const fn name(self) -> &'static str {
        match self {
            Precision::Bfloat16 => "bfloat16",
            Precision::Float16 => "float16",
        }
    }

    /// The policy of this name.
    pub fn from_policy(name: &str) -> Option<Self> {
        [Precision::Bfloat16, Precision::Float16].into_iter().find(|own| own.policy() == name)
    }

    /// The nearest number of these 16 bits, of two that are as near the one whose last bit is 0.
    pub fn round(self, x: f32) -> f32 {
        match self {
            _ if x.is_nan() => x,
            Precision::Bfloat16 => nearest(x, 16),
            // Halfway between the largest number and the next that there would be.
            Precision::Float16 if x.abs() >= 65520.0 => f32::INFINITY.copysign(x),
            // Below 2^-14 numbers are multiples of 2^-24.
            Precision::Float16 if x.abs() < 6.103_515_6e-5 => {
                ((x * 16_777_216.0).round_ties_even() / 16_777_216.0).copysign(x)
            }
            Precision::Float16 => nearest(x, 13),
        }
    }
}

/// Without the last `bits` bits, rounded.
fn nearest(x: f32, bits: u32) -> f32 {
    let all = x.to_bits();
    let half = (1u32 << (bits - 1)) - 1 + ((all >> bits) & 1);
    f32::from_bits(all.wrapping_add(half) & !((1 << bits) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_the_nearest_and_ties_to_even() {
        let bf = |x: f32| Precision::Bfloat16.round(x);
        assert_eq!([bf(1.0), bf(1.0 + 1.0 / 256.0), bf(1.0 + 3.0 / 256.0)], [1.0, 1.0, 1.0 + 4.0 / 256.0]);
        assert_eq!([bf(0.1), bf(-3.145)], [0.100_097_656, -3.140_625]);
        assert_eq!(bf(f32::MAX), f32::INFINITY);
        assert!(bf(f32::NAN).is_nan() && bf(-0.0).is_sign_negative());
        let half = |x: f32| Precision::Float16.round(x);
        assert_eq!(
            [half(0.1), half(65519.0), half(65520.0), half(-1e6)],
            [0.099_975_586, 65504.0, f32::INFINITY, f32::NEG_INFINITY]
        );
        assert_eq!(
            [half(1e-8), half(6e-8), half(2049.0), half(2051.0)],
            [0.0, 5.960_464_5e-8, 2048.0, 2052.0]
        );
    }
}
