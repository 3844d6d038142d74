//! The errors that the documentation of normalisation, softmax and optimisers states, held against f64 over the whole
//! range of f32, on every instruction set.

mod crossentropy;
mod norm;
mod optim;
mod softmax;

use crate::common::SPECIAL;

/// Half a unit in the last place, relative: 2⁻²⁴.
pub const U: f64 = 1.0 / 16_777_216.0;

/// The smallest normal number.
pub const LEAST: f64 = f32::MIN_POSITIVE as f64;

/// Numbers that repeat: each call gives the next 32 bits.
pub struct Bits(u64);

impl Bits {
    pub fn new(seed: u64) -> Self {
        Bits(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 24) as u32
    }

    /// In -1 to 1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    }

    /// Of any sign and any exponent, subnormal ones among them, now and then one of [`SPECIAL`].
    pub fn any(&mut self) -> f32 {
        let bits = self.next();
        match bits % 17 {
            0 => SPECIAL[bits as usize / 17 % SPECIAL.len()],
            1 => f32::from_bits(bits >> 9),
            _ => f32::from_bits(self.next()),
        }
    }

    /// Of any sign and an exponent from `-reach` to `reach`.
    pub fn scaled(&mut self, reach: i32) -> f32 {
        let exponent = self.next() as i32 % (reach + 1);
        (self.unit() + 1.5) * 2f32.powi(exponent) * if self.next() & 1 == 0 { 1.0 } else { -1.0 }
    }
}

/// What arithmetic in single precision does with numbers that are too large for it.
pub fn ranged(x: f64) -> f64 {
    if x.abs() > f64::from(f32::MAX) * (1.0 + U / 2.0) { x.signum() * f64::INFINITY } else { x }
}

/// `found` is within `allowed` of `wanted`, or the same infinity, or NaN like it; a result within its error of the
/// greatest number may be infinite.
#[track_caller]
pub fn hold(what: &dyn Fn() -> String, found: f32, wanted: f64, allowed: f64) {
    let (wanted, found) = (ranged(wanted), f64::from(found));
    if wanted.is_nan() || allowed.is_nan() {
        assert!(found.is_nan(), "{}: {found}, wanted NaN", what());
        return;
    }
    let at_the_top = found.abs() == f64::INFINITY && found.signum() == wanted.signum();
    if at_the_top && wanted.abs() + allowed >= f64::from(f32::MAX)
        || wanted.is_infinite() && found * wanted.signum() >= f64::from(f32::MAX) * (1.0 - 64.0 * U)
    {
        return;
    }
    assert!(
        (found - wanted).abs() <= allowed,
        "{}: {found:e}, wanted {wanted:e}, off by {:e}, more than {allowed:e}",
        what(),
        (found - wanted).abs()
    );
}
