//! Elementary functions on vectors.
//!
//! Reductions and polynomials after Cephes (`expf`, `logf`), whose relative error is below 1.2e-7. Infinities and
//! NaN give what `f32`'s own functions give; results below the smallest normal number become 0.

use crate::simd::Isa;

/// `exp` split up: `(p, s)` with `exp(x) = 2 * s * (1 + p)` and `s` a power of two, for `x` in -87.3 to 88.7.
#[inline(always)]
fn exp_parts<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    let c = |v| s.splat_f32s(v);
    // Adding 1.5 * 2^23 rounds to an integer, which then stands in the lowest bits.
    let t = s.fma(x, c(std::f32::consts::LOG2_E), c(12_582_912.0));
    let n = s.sub_f32s(t, c(12_582_912.0));
    let r = s.fma(n, c(-0.693_359_4), x);
    let r = s.fma(n, c(2.121_944_4e-4), r);
    let mut p = s.fma(r, c(1.987_569_1e-4), c(1.398_199_9e-3));
    for k in [8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = s.fma(p, r, c(k));
    }
    let p = s.fma(s.mul_f32s(p, r), r, r);
    let bits = s.wrapping_dyn_shl_u32s(s.transmute_u32s_f32s(t), s.splat_u32s(23));
    (p, s.transmute_f32s_u32s(s.add_u32s(bits, s.splat_u32s(126 << 23))))
}

#[inline(always)]
fn clamp<S: Isa>(s: S, x: S::f32s, low: f32, high: f32) -> S::f32s {
    s.max_f32s(s.splat_f32s(low), s.min_f32s(s.splat_f32s(high), x))
}

/// `y` where `x` is a number, else NaN.
#[inline(always)]
fn keep_nan<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> S::f32s {
    s.select_f32s(s.equal_f32s(x, x), y, x)
}

/// `x` where it is above 0 (or NaN), else 0.
#[inline(always)]
pub fn relu<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let zero = s.splat_f32s(0.0);
    s.select_f32s(s.less_than_or_equal_f32s(x, zero), zero, x)
}

/// The exponential.
#[inline(always)]
pub fn exp<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (p, scale) = exp_parts(s, clamp(s, x, -87.5, 89.0));
    let twice = s.add_f32s(scale, scale);
    let y = s.fma(p, twice, twice);
    // At the top 2 * scale overflows before the product does.
    let top = s.mul_f32s(s.fma(p, scale, scale), s.splat_f32s(2.0));
    let y = s.select_f32s(s.greater_than_f32s(x, s.splat_f32s(87.0)), top, y);
    let y = s.select_f32s(s.greater_than_f32s(x, s.splat_f32s(88.722_84)), s.splat_f32s(f32::INFINITY), y);
    let y = s.select_f32s(s.less_than_f32s(x, s.splat_f32s(-87.0)), s.splat_f32s(0.0), y);
    keep_nan(s, x, y)
}

/// `exp(x) - 1`, precise near 0, for `x` up to 87.
#[inline(always)]
pub fn exp_m1<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (p, scale) = exp_parts(s, clamp(s, x, -30.0, 87.0));
    let twice = s.add_f32s(scale, scale);
    keep_nan(s, x, s.fma(p, twice, s.sub_f32s(twice, s.splat_f32s(1.0))))
}

/// `1 + exp(-x)`.
#[inline(always)]
fn sigmoid_below<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    // Beyond 87 the sigmoid is 1 in f32, below -87 it is 0: the exponential needs no care for overflow.
    let (p, scale) = exp_parts(s, clamp(s, s.neg_f32s(x), -87.0, 87.0));
    let twice = s.add_f32s(scale, scale);
    s.add_f32s(s.splat_f32s(1.0), s.fma(p, twice, twice))
}

#[inline(always)]
fn sigmoid_ends<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> S::f32s {
    let y = s.select_f32s(s.less_than_f32s(x, s.splat_f32s(-87.0)), s.splat_f32s(0.0), y);
    keep_nan(s, x, y)
}

/// `1 / (1 + exp(-x))`.
#[inline(always)]
pub fn sigmoid<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    sigmoid_ends(s, x, s.div_f32s(s.splat_f32s(1.0), sigmoid_below(s, x)))
}

/// Numerator and denominator of `tanh(x)`.
#[inline(always)]
fn tanh_parts<S: Isa>(s: S, x: S::f32s) -> (S::f32s, S::f32s) {
    // Beyond 9.02 the result is 1 in f32.
    let c = clamp(s, x, -10.0, 10.0);
    let (p, scale) = exp_parts(s, s.add_f32s(c, c));
    let twice = s.add_f32s(scale, scale);
    let e = s.fma(p, twice, s.sub_f32s(twice, s.splat_f32s(1.0)));
    (e, s.add_f32s(e, s.splat_f32s(2.0)))
}

/// The hyperbolic tangent, precise near 0 too.
#[inline(always)]
pub fn tanh<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (above, below) = tanh_parts(s, x);
    keep_nan(s, x, s.div_f32s(above, below))
}

/// The sigmoids of two vectors with one division, which takes as long as a dozen multiplications. Results whose
/// product is no normal number become 0.
#[inline(always)]
pub fn two_sigmoids<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> (S::f32s, S::f32s) {
    let (a, b) = (sigmoid_below(s, x), sigmoid_below(s, y));
    let r = s.div_f32s(s.splat_f32s(1.0), s.mul_f32s(a, b));
    (sigmoid_ends(s, x, s.mul_f32s(b, r)), sigmoid_ends(s, y, s.mul_f32s(a, r)))
}

/// `sigmoid(x)` and `tanh(y)` with one division.
#[inline(always)]
pub fn sigmoid_and_tanh<S: Isa>(s: S, x: S::f32s, y: S::f32s) -> (S::f32s, S::f32s) {
    let (a, (above, below)) = (sigmoid_below(s, x), tanh_parts(s, y));
    let r = s.div_f32s(s.splat_f32s(1.0), s.mul_f32s(a, below));
    let tanh = s.mul_f32s(above, s.mul_f32s(a, r));
    (sigmoid_ends(s, x, s.mul_f32s(below, r)), keep_nan(s, y, tanh))
}

/// The natural logarithm of `x > 0`: not for 0, negative or infinite numbers.
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

/// The error function. The quotient of polynomials is the one of Eigen's `erf` for floats.
#[inline(always)]
pub fn erf<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let c = |v| s.splat_f32s(v);
    // Beyond 4 the result is 1 in f32.
    let v = clamp(s, x, -4.0, 4.0);
    let z = s.mul_f32s(v, v);
    let mut p = c(-2.726_142_3e-10);
    for k in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2] {
        p = s.fma(p, z, c(k));
    }
    let mut q = c(-1.456_607_2e-5);
    for k in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2] {
        q = s.fma(q, z, c(k));
    }
    keep_nan(s, x, s.div_f32s(s.mul_f32s(v, p), q))
}

/// `tanh(ln(1 + exp(x)))`.
#[inline(always)]
pub fn tanh_softplus<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    // (e² + 2 e) / (e² + 2 e + 2) with e = exp(x); beyond 20 the result is 1 in f32.
    let e = exp(s, s.min_f32s(s.splat_f32s(20.0), x));
    let n = s.fma(e, e, s.add_f32s(e, e));
    keep_nan(s, x, s.div_f32s(n, s.add_f32s(n, s.splat_f32s(2.0))))
}

/// `ln(1 + exp(x))`.
#[inline(always)]
pub fn softplus<S: Isa>(s: S, x: S::f32s) -> S::f32s {
    let (zero, one) = (s.splat_f32s(0.0), s.splat_f32s(1.0));
    // max(x, 0) + ln(1 + u) with u = exp(-|x|).
    let u = exp(s, s.neg_f32s(s.abs_f32s(x)));
    let w = s.add_f32s(one, u);
    // The rounding of 1 + u is made up for: ln(w) * u / (w - 1).
    let d = s.sub_f32s(w, one);
    let tiny = s.equal_f32s(d, zero);
    let l = s.div_f32s(s.mul_f32s(ln_positive(s, w), u), s.select_f32s(tiny, one, d));
    let l = s.select_f32s(tiny, u, l);
    keep_nan(s, x, s.add_f32s(relu(s, x), l))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Kernel, Path};

    macro_rules! on_slice {
        ($($name:ident)*) => { $(
            pub fn $name(path: Path, x: &[f32]) -> Vec<f32> {
                struct K<'a>(&'a [f32], &'a mut [f32]);
                impl Kernel for K<'_> {
                    type Out = ();
                    #[inline(always)]
                    fn run<S: Isa>(self, s: S) {
                        for (x, y) in self.0.chunks(S::F32_LANES).zip(self.1.chunks_mut(S::F32_LANES)) {
                            s.store(y, crate::math::$name(s, s.load(x)));
                        }
                    }
                }
                let mut y = vec![0.0; x.len()];
                path.run(K(x, &mut y));
                y
            }
        )* };
    }
    mod vec {
        use super::*;
        on_slice!(exp exp_m1 sigmoid tanh ln_positive softplus relu);
    }

    fn check(
        name: &str,
        f: fn(Path, &[f32]) -> Vec<f32>,
        exact: fn(f64) -> f64,
        (low, high): (f32, f32),
        relative: f64,
    ) {
        let x: Vec<f32> = (0..400_003).map(|i| low + (high - low) * i as f32 / 400_002.0).collect();
        for path in Path::all() {
            let y = f(path, &x);
            let mut worst = (0.0, 0.0);
            for (x, y) in x.iter().zip(&y) {
                let want = exact(f64::from(*x));
                let error = (f64::from(*y) - want).abs() / want.abs().max(1e-30);
                if error > worst.0 || error.is_nan() {
                    worst = (error, *x);
                }
            }
            println!("{name} {path:?}: {worst:?}");
            assert!(worst.0 < relative, "{name} on {path:?}: relative error {} at {}", worst.0, worst.1);
        }
    }

    #[test]
    fn relative_errors_are_below_two_ten_millionths() {
        check("exp", vec::exp, f64::exp, (-20.0, 20.0), 2e-7);
        check("exp", vec::exp, f64::exp, (-86.9, 88.7), 2e-7);
        check("exp_m1", vec::exp_m1, f64::exp_m1, (-20.0, 20.0), 2.5e-7);
        check("sigmoid", vec::sigmoid, |x| 1.0 / (1.0 + (-x).exp()), (-20.0, 20.0), 2.5e-7);
        check("tanh", vec::tanh, f64::tanh, (-20.0, 20.0), 4e-7);
        check("tanh", vec::tanh, f64::tanh, (-0.01, 0.01), 4e-7);
        check("ln", vec::ln_positive, f64::ln, (1e-6, 0.9), 2e-7);
        check("ln", vec::ln_positive, f64::ln, (1.1, 50.0), 2e-7);
        check("softplus", vec::softplus, |x| x.exp().ln_1p(), (-20.0, 20.0), 3e-7);
    }

    #[test]
    fn sigmoid_and_tanh_are_within_two_ten_millionths() {
        let x: Vec<f32> = (0..400_003).map(|i| -20.0 + 40.0 * i as f32 / 400_002.0).collect();
        for path in Path::all() {
            for ((x, s), t) in x.iter().zip(vec::sigmoid(path, &x)).zip(vec::tanh(path, &x)) {
                assert!((f64::from(s) - 1.0 / (1.0 + (-f64::from(*x)).exp())).abs() < 2e-7);
                assert!((f64::from(t) - f64::from(*x).tanh()).abs() < 2e-7);
            }
        }
    }

    #[test]
    fn the_ends_are_right() {
        let x = [f32::NEG_INFINITY, -1000.0, -90.0, 0.0, 90.0, 1000.0, f32::INFINITY, f32::NAN];
        for path in Path::all() {
            let same = |y: Vec<f32>, want: [f32; 7]| {
                assert_eq!(y[..7], want, "{path:?}");
                assert!(y[7].is_nan());
            };
            let inf = f32::INFINITY;
            same(vec::exp(path, &x), [0.0, 0.0, 0.0, 1.0, inf, inf, inf]);
            same(vec::sigmoid(path, &x), [0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0]);
            same(vec::tanh(path, &x), [-1.0, -1.0, -1.0, 0.0, 1.0, 1.0, 1.0]);
            same(vec::relu(path, &x), [0.0, 0.0, 0.0, 0.0, 90.0, 1000.0, inf]);
            let plus = vec::softplus(path, &x);
            assert_eq!((plus[0], plus[5], plus[6]), (0.0, 1000.0, inf));
            assert!(plus[7].is_nan());
        }
    }
}
