//! Numbers for the tests of the crate, those inside it too.

/// Numbers in -1 to 1.
pub fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut x = (seed ^ 0x5DEE_CE66D).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..n)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            (x >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect()
}

/// Numbers that few loops are written for, and some ordinary ones.
pub const SPECIAL: [f32; 14] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN,
    1e30,
    -1e30,
    1e-30,
    f32::MIN_POSITIVE,
    1e-45,
    0.0,
    -0.0,
    1.0,
    1.0,
];
