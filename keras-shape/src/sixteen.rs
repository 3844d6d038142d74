//! Floats of 16 bits, as files have them.

/// The float that a `float16` is, by its bits: 5 of the exponent, 10 of the fraction.
#[must_use]
pub fn float_of_half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let rest = u32::from(bits & 0x7fff) << 13;
    // The exponent counts from another place: 112 lower.
    let value = match bits & 0x7c00 {
        0x7c00 => f32::from_bits(rest | 0x7f80_0000),
        _ => f32::from_bits(rest) * 2f32.powi(112),
    };
    f32::from_bits(value.to_bits() | sign)
}

/// The float that a `bfloat16` is, by its bits, which are the upper half of it.
#[must_use]
pub const fn float_of_brain(bits: u16) -> f32 {
    f32::from_bits((bits as u32) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NumPy 2: `np.array([...], "uint16").view("float16")`, and of ml_dtypes.
    #[test]
    fn bits_are_the_numbers_of_numpy() {
        let halves = [0x3c00, 0xc000, 0x0001, 0x03ff, 0x0400, 0x7bff, 0x8000, 0x3555];
        let floats = [1.0, -2.0, 5.960_464_5e-8, 6.097_555e-5, 6.103_515_6e-5, 65504.0, -0.0, 0.333_251_95];
        for (bits, float) in halves.into_iter().zip(floats) {
            assert_eq!(float_of_half(bits).to_bits(), f32::to_bits(float), "{bits:#x}");
        }
        assert_eq!(float_of_half(0xfc00), f32::NEG_INFINITY);
        assert!(float_of_half(0x7e00).is_nan() && float_of_brain(0x7fc0).is_nan());
        assert_eq!([float_of_brain(0x3f80), float_of_brain(0xc049)], [1.0, -3.140_625]);
    }
}
