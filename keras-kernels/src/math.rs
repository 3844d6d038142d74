//! Elementary functions on vectors, for every number that f32 has.
//!
//! The error of each is stated in ulp (the distance of neighbouring numbers of f32 at the exact result), the largest
//! over all instruction sets; the tests hold each function to it over all exponents. NaN gives NaN, in its own lane
//! only. Subnormal inputs are numbers like all others. Results below the smallest normal number, 2⁻¹²⁶, are within
//! 2⁻¹²⁶ of the exact ones and not negative where those are positive: most are 0, as XLA has them on a CPU, since
//! arithmetic on subnormal numbers takes a hundred times as long. A function that only returns its argument (such as
//! the hyperbolic tangent near 0) returns subnormal ones too.
//!
//! The reduction and the polynomials of exponential and logarithm are those of Cephes (`expf`, `logf`).

use crate::simd::Isa;

/// Adding it rounds to an integer, which then stands in the lowest bits.
const ROUND: f32 = 12_582_912.0;

/// Below this the exponential is 0: the power of two that it is scaled with has an exponent of 0, which is the number 0.
const LOWEST: f32 = -88.0;

/// The integer nearest to `x / ln(2)` as a number, and what [`power`] takes.
#[inline(always)]
fn round<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::u32s) {
    let t = s.fma(x, s.splat_f32s(std::f32::consts::LOG2_E), s.splat_f32s(ROUND));
    (s.sub_f32s(t, s.splat_f32s(ROUND)), s.transmute_u32s_f32s(t))
}

/// `2^(n + more)` for the integer of [`round`], which must be a normal number, or one below: then it is 0.
#[inline(always)]
fn power<S: Isa>(s: S, n: S::u32s, more: i32) -> S::f32s {
    let bits = s.wrapping_dyn_shl_u32s(n, s.splat_u32s(23));
    s.transmute_f32s_u32s(s.add_u32s(bits, s.splat_u32s(((127 + more) as u32) << 23)))
}

/// `x - n * ln(2)`.
#[inline(always)]
fn reduce<S: Isa>(s: S, x: S::f32s, n: S::f32s) -> S::f32s {
    let r = s.fma(n, s.splat_f32s(-0.693_359_4), x);
    s.fma(n, s.splat_f32s(2.121_944_4e-4), r)
}

/// `exp(r) - 1` for `r` of at most `ln(2) / 2`.
#[inline(always)]
fn exp_m1_near_0<S: Isa>(s: S, r: S::f32s) -> S::f32s {
    let c = |v| s.splat_f32s(v);
    let mut p = s.fma(r, c(1.987_569_1e-4), c(1.398_199_9e-3));
    for k in [8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = s.fma(p, r, c(k));
    }
    s.fma(s.mul_f32s(p, r), r, r)
}

/// `(p, scale)` with `exp(x) = scale * (1 + p)` and `scale` a power of two or 0, for `x` from [`LOWEST`] to 88.3.
#[inline(always)]
fn exp_parts<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let (n, bits) = round(s, x);
    (exp_m1_near_0(s, reduce(s, x, n)), power(s, bits, 0))
}

/// `-|x|`.
#[inline(always)]
fn below_0<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    s.transmute_f32s_u32s(s.or_u32s(s.transmute_u32s_f32s(x), s.splat_u32s(1 << 31)))
}

/// `x >= 0` with the sign of `sign`.
#[inline(always)]
fn with_sign<S: Isa>(s: S, x: S::f32s, sign: S::f32s) -> S::f32s {
    let bit = s.and_u32s(s.transmute_u32s_f32s(sign), s.splat_u32s(1 << 31));
    s.transmute_f32s_u32s(s.or_u32s(s.transmute_u32s_f32s(x), bit))
}

/// `x` where it is above 0 (or NaN), else 0.
#[inline(always)]
pub fn relu<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let zero = s.splat_f32s(0.0);
    s.select_f32s(s.less_than_or_equal_f32s(x, zero), zero, x)
}

/// The exponential. Error: 2 ulp.
#[inline(always)]
pub fn exp<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let c = s.at_most(s.at_least(x, LOWEST), 89.0);
    let (n, bits) = round(s, c);
    let p = exp_m1_near_0(s, reduce(s, c, n));
    // At the top 2^n overflows before the product does, at the bottom 2^(n - 1) underflows.
    let above = s.greater_than_f32s(c, s.splat_f32s(0.0));
    let scale = s.select_f32s(above, power(s, bits, -1), power(s, bits, 0));
    let rest = s.select_f32s(above, s.splat_f32s(2.0), s.splat_f32s(1.0));
    s.mul_f32s(s.fma(p, scale, scale), rest)
}

/// The exponential of `x <= 0`, for which there is less to do. Error: 2 ulp.
#[inline(always)]
pub fn exp_below_0<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (p, scale) = exp_parts(s, s.at_least(x, LOWEST));
    s.fma(p, scale, scale)
}

/// `exp(x) - 1`, precise near 0. Error: 3 ulp.
#[inline(always)]
pub fn exp_m1<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let c = s.at_most(s.at_least(x, -30.0), 89.0);
    let (n, bits) = round(s, c);
    let p = exp_m1_near_0(s, reduce(s, c, n));
    // Half of it first: 2^n may overflow where the result does not.
    let scale = power(s, bits, -1);
    let half = s.fma(p, scale, s.sub_f32s(scale, s.splat_f32s(0.5)));
    s.add_f32s(half, half)
}

/// What sigmoids are made of, with `u = exp(-|x|)`: `1 + u` and the one of 1 and `u` that stands above it. Neither
/// overflows, and `u` keeps its digits however small it is.
#[inline(always)]
fn sigmoid_parts<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let u = exp_below_0(s, below_0(s, x));
    let above = s.greater_than_or_equal_f32s(x, s.splat_f32s(0.0));
    (s.select_f32s(above, s.splat_f32s(1.0), u), u)
}

/// `1 / (1 + exp(-x))`. Error: 3 ulp.
#[inline(always)]
pub fn sigmoid<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (above, u) = sigmoid_parts(s, x);
    s.div_f32s(above, s.add_f32s(s.splat_f32s(1.0), u))
}

/// The sigmoid and its derivative. Errors: 3 and 6 ulp.
#[inline(always)]
pub fn sigmoid_and_slope<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let one = s.splat_f32s(1.0);
    let (above, u) = sigmoid_parts(s, x);
    let r = s.div_f32s(one, s.add_f32s(one, u));
    (s.mul_f32s(above, r), s.mul_f32s(s.mul_f32s(u, r), r))
}

/// Numerator and denominator of `tanh(x)`; the denominator is from 1 to 2, NaN where `x` is.
#[inline(always)]
fn tanh_parts<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    // With e = exp(-2 |x|) - 1, from -1 to 0, precise near 0: -e / (2 + e).
    let v = below_0(s, x);
    let (p, scale) = exp_parts(s, s.at_least(s.add_f32s(v, v), -30.0));
    let e = s.fma(p, scale, s.sub_f32s(scale, s.splat_f32s(1.0)));
    (with_sign(s, s.abs_f32s(e), x), s.add_f32s(e, s.splat_f32s(2.0)))
}

/// The hyperbolic tangent, precise near 0 too. Error: 4 ulp.
#[inline(always)]
pub fn tanh<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (above, below) = tanh_parts(s, x);
    s.div_f32s(above, below)
}

/// The sigmoids of two vectors with one division, which takes as long as a dozen multiplications. Errors: 5 ulp.
///
/// The denominators are from 1 to 2, so their product neither overflows nor loses digits; a NaN stays out of them, and
/// so out of the other result.
#[inline(always)]
pub fn two_sigmoids<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> (S::f32s, S::f32s) {
    let one = s.splat_f32s(1.0);
    let ((ax, ux), (ay, uy)) = (sigmoid_parts(s, x), sigmoid_parts(s, y));
    let bx = s.add_f32s(one, s.number_at_least(ux, 0.0));
    let by = s.add_f32s(one, s.number_at_least(uy, 0.0));
    let r = s.div_f32s(one, s.mul_f32s(bx, by));
    (s.mul_f32s(ax, s.mul_f32s(by, r)), s.mul_f32s(ay, s.mul_f32s(bx, r)))
}

/// `sigmoid(x)` and `tanh(y)` with one division, as [`two_sigmoids`]. Errors: 5 ulp and 6 ulp.
#[inline(always)]
pub fn sigmoid_and_tanh<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> (S::f32s, S::f32s) {
    let one = s.splat_f32s(1.0);
    let ((ax, ux), (ay, by)) = (sigmoid_parts(s, x), tanh_parts(s, y));
    let bx = s.add_f32s(one, s.number_at_least(ux, 0.0));
    let by = s.number_at_least(by, 1.0);
    let r = s.div_f32s(one, s.mul_f32s(bx, by));
    (s.mul_f32s(ax, s.mul_f32s(by, r)), s.mul_f32s(ay, s.mul_f32s(bx, r)))
}

/// The natural logarithm of a normal number `x > 0`: not for 0, subnormal, negative or infinite ones. Error: 2 ulp.
#[inline(always)]
pub fn ln_positive<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let c = |v| s.splat_f32s(v);
    let u = |v| s.splat_u32s(v);
    // x = 2^n * m with m in sqrt(1/2) .. sqrt(2).
    let bits = s.sub_u32s(s.transmute_u32s_f32s(x), u(0x3f35_04f3));
    let n = s.wrapping_dyn_shr_u32s(s.add_u32s(bits, u(128 << 23)), u(23));
    // The integer n + 128 as a number: in the low bits of 2^23.
    let n = s.transmute_f32s_u32s(s.add_u32s(n, u(0x4b00_0000)));
    let n = s.sub_f32s(n, c(8_388_608.0 + 128.0));
    let m = s.add_u32s(s.and_u32s(bits, u(0x007f_ffff)), u(0x3f35_04f3));
    let r = s.sub_f32s(s.transmute_f32s_u32s(m), c(1.0));
    let z = s.mul_f32s(r, r);
    let mut p = c(7.037_683_6e-2);
    for k in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        0.333_333_3,
    ] {
        p = s.fma(p, r, c(k));
    }
    let y = s.mul_f32s(s.mul_f32s(p, r), z);
    let y = s.fma(n, c(-2.121_944_4e-4), y);
    let y = s.fma(z, c(-0.5), y);
    let y = s.add_f32s(r, y);
    s.fma(n, c(0.693_359_4), y)
}

/// The natural logarithm of every number: negative infinity of 0, NaN of what is below. Error: 2 ulp.
#[inline(always)]
pub fn ln<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let c = |v| s.splat_f32s(v);
    // A subnormal number is made a normal one first: ln(2^24 x) - 24 ln(2).
    let small = s.less_than_f32s(x, c(f32::MIN_POSITIVE));
    let y = ln_positive(s, s.select_f32s(small, s.mul_f32s(x, c(16_777_216.0)), x));
    let y = s.select_f32s(small, s.sub_f32s(y, c(16.635_532)), y);
    let y = s.select_f32s(s.equal_f32s(x, c(f32::INFINITY)), x, y);
    let y = s.select_f32s(s.equal_f32s(x, c(0.0)), c(f32::NEG_INFINITY), y);
    s.select_f32s(s.greater_than_or_equal_f32s(x, c(0.0)), y, c(f32::NAN))
}

/// The share of a normal distribution below `x`, and `exp(-x² / 2)`. Errors: 6 and 2 ulp.
#[inline(always)]
pub fn normal<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let c = |v| s.splat_f32s(v);
    // Beyond it the exponential is 0.
    let a = s.at_most(s.abs_f32s(x), 13.26);
    // x² / 2 = high + low, where the square of the first half of the digits of x is exact: the exponential of a
    // rounded square would lose as many digits as the square has before the point.
    let first = s.transmute_f32s_u32s(s.and_u32s(s.transmute_u32s_f32s(a), s.splat_u32s(0xffff_f000)));
    let high = s.mul_f32s(s.mul_f32s(first, first), c(-0.5));
    let low = s.mul_f32s(s.mul_f32s(s.sub_f32s(a, first), s.add_f32s(a, first)), c(-0.5));
    let (n, bits) = round(s, s.add_f32s(high, low));
    let p = exp_m1_near_0(s, s.add_f32s(reduce(s, high, n), low));
    let scale = power(s, bits, 0);
    let e = s.fma(p, scale, scale);
    // t * polynomial(1 - t) with t = 1 / (1 + 0.35 |x|), times the exponential: precise however small the share is.
    let k = s.mul_f32s(a, c(0.35));
    let t = s.div_f32s(c(1.0), s.fma(a, c(0.35), c(1.0)));
    let w = s.mul_f32s(k, t);
    let mut q = c(-4.431_562e-3);
    for k in [
        -1.267_122_9e-2,
        6.363_104e-2,
        -4.255_431_5e-2,
        -2.664e-2,
        -6.111_458_3e-2,
        1.021_395_25e-1,
        2.610_864_3e-1,
        -6.398_333_3e-1,
        0.5,
    ] {
        q = s.fma(q, w, c(k));
    }
    let tail = s.mul_f32s(s.mul_f32s(q, t), e);
    (s.select_f32s(s.less_than_f32s(x, c(0.0)), tail, s.sub_f32s(c(1.0), tail)), e)
}

/// `tanh(ln(1 + exp(x)))` and its derivative. Errors: 5 and 10 ulp; beyond 20, where it is below 1e-16, the derivative
/// is 0.
#[inline(always)]
pub fn tanh_softplus<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let c = |v| s.splat_f32s(v);
    // n / (n + 2) with n = e² + 2 e and e = exp(x); the derivative is 4 e (e + 1) / (n + 2)².
    let (p, scale) = exp_parts(s, s.at_most(s.at_least(x, LOWEST), 20.0));
    let e = s.fma(p, scale, scale);
    let n = s.fma(e, e, s.add_f32s(e, e));
    let r = s.div_f32s(c(1.0), s.add_f32s(n, c(2.0)));
    let slope = s.mul_f32s(s.mul_f32s(s.mul_f32s(c(4.0), e), r), s.mul_f32s(s.add_f32s(e, c(1.0)), r));
    (s.mul_f32s(n, r), s.select_f32s(s.greater_than_f32s(x, c(20.0)), c(0.0), slope))
}

/// `ln(1 + exp(x))`. Error: 4 ulp.
#[inline(always)]
pub fn softplus<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (zero, one) = (s.splat_f32s(0.0), s.splat_f32s(1.0));
    // max(x, 0) + ln(1 + u) with u = exp(-|x|).
    let u = exp_below_0(s, below_0(s, x));
    let w = s.add_f32s(one, u);
    // The rounding of 1 + u is made up for: ln(w) * u / (w - 1).
    let d = s.sub_f32s(w, one);
    let tiny = s.equal_f32s(d, zero);
    let l = s.div_f32s(s.mul_f32s(ln_positive(s, w), u), s.select_f32s(tiny, one, d));
    s.add_f32s(relu(s, x), s.select_f32s(tiny, u, l))
}

/// `x - tanh(x)`, precise near 0 too, and its derivative. Errors: 10 and 6 ulp.
#[inline(always)]
pub fn tanh_shrink<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let c = |v| s.splat_f32s(v);
    let t = tanh(s, x);
    // Up to 1 a polynomial, where the difference would lose digits.
    let z = s.mul_f32s(x, x);
    let mut p = c(-1.428_238_9e-4);
    for k in [
        9.236_09e-4,
        -3.206_953_4e-3,
        8.697_952e-3,
        -2.182_958_5e-2,
        5.396_327_7e-2,
        -1.333_331e-1,
        0.333_333_34,
    ] {
        p = s.fma(p, z, c(k));
    }
    let near = s.mul_f32s(x, s.mul_f32s(z, p));
    let near_0 = s.less_than_f32s(s.abs_f32s(x), c(1.0));
    (s.select_f32s(near_0, near, s.sub_f32s(x, t)), s.mul_f32s(t, t))
}

#[cfg(test)]
pub(crate) mod tests;
