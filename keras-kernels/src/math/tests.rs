//! Every function over all exponents, in every lane, on every instruction set, against f64.

use super::*;
use crate::numbers::SPECIAL;
use crate::simd::{Kernel, Path};

/// Two vectors in, two out.
type On = fn(Path, &[f32], &[f32]) -> (Vec<f32>, Vec<f32>);

macro_rules! on_slices {
    ($($name:ident $f:expr;)*) => { $(
        pub fn $name(path: Path, x: &[f32], y: &[f32]) -> (Vec<f32>, Vec<f32>) {
            struct K<'a>([&'a [f32]; 2], [&'a mut [f32]; 2]);
            impl Kernel for K<'_> {
                type Out = ();
                #[inline(always)]
                fn run<S: Isa>(self, s: S) {
                    let (l, [a, b]) = (S::F32_LANES, self.1);
                    let from = self.0[0].chunks(l).zip(self.0[1].chunks(l));
                    for ((x, y), (a, b)) in from.zip(a.chunks_mut(l).zip(b.chunks_mut(l))) {
                        let f: fn(S, S::f32s, S::f32s) -> (S::f32s, S::f32s) = $f;
                        let (u, v) = f(s, s.load(x), s.load(y));
                        s.store(a, u);
                        s.store(b, v);
                    }
                }
            }
            let (mut a, mut b) = (vec![9.0; x.len()], vec![9.0; x.len()]);
            path.run(K([x, y], [&mut a, &mut b]));
            (a, b)
        }
    )* };
}

mod vec {
    use super::*;
    on_slices! {
        exp |s, x, y| (super::exp(s, x), super::exp(s, y));
        exp_below_0 |s, x, y| (super::exp_below_0(s, x), super::exp_below_0(s, y));
        exp_m1 |s, x, y| (super::exp_m1(s, x), super::exp_m1(s, y));
        sigmoid |s, x, y| (super::sigmoid(s, x), super::sigmoid(s, y));
        tanh |s, x, y| (super::tanh(s, x), super::tanh(s, y));
        softplus |s, x, y| (super::softplus(s, x), super::softplus(s, y));
        relu |s, x, y| (super::relu(s, x), super::relu(s, y));
        ln_positive |s, x, y| (super::ln_positive(s, x), super::ln_positive(s, y));
        ln |s, x, y| (super::ln(s, x), super::ln(s, y));
        two_sigmoids |s, x, y| super::two_sigmoids(s, x, y);
        sigmoid_and_tanh |s, x, y| super::sigmoid_and_tanh(s, x, y);
        sigmoid_and_slope |s, x, _| super::sigmoid_and_slope(s, x);
        normal |s, x, _| super::normal(s, x);
        tanh_softplus |s, x, _| super::tanh_softplus(s, x);
        tanh_shrink |s, x, _| super::tanh_shrink(s, x);
    }
}

/// Numbers of every sign and exponent, those where most functions are neither 0 nor 1 more densely, infinities and
/// NaN: in an order that puts all kinds of them side by side.
pub(crate) fn numbers() -> Vec<f32> {
    let mut x: Vec<f32> = (0..=u32::MAX).step_by(16_381).map(f32::from_bits).collect();
    for reach in [0.1, 2.0, 20.0, 105.0] {
        x.extend((0..100_003).map(|i| reach * (2.0 * i as f32 / 100_002.0 - 1.0)));
    }
    x.extend([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN]);
    let n = x.len();
    // A step that has no divisor in common with the length visits all.
    let step = (77_003usize..)
        .find(|k: &usize| (2..1000).all(|d| !n.is_multiple_of(d) || !k.is_multiple_of(d)))
        .unwrap_or(1);
    (0..n).map(|i| x[i * step % n]).collect()
}

/// How far `y` is from `want`, in ulp; where that is below 2⁻¹²⁶, in steps of that size.
pub(crate) fn ulps(y: f32, want: f64) -> f64 {
    if want.is_nan() || y.is_nan() {
        return if want.is_nan() && y.is_nan() { 0.0 } else { f64::INFINITY };
    }
    let near = want as f32;
    if near.is_infinite() || y.is_infinite() {
        // A result just below the greatest number may be rounded up to infinity.
        let top = if near.is_infinite() { f64::from(f32::MAX) } else { want.abs() };
        let same = y == near
            || y.is_infinite() && top > 0.999_999 * f64::from(f32::MAX) && want * f64::from(y) > 0.0;
        return if same { 0.0 } else { f64::INFINITY };
    }
    let least = f64::from(f32::MIN_POSITIVE);
    if want.abs() < least {
        return (f64::from(y) - want).abs() / least;
    }
    let ulp = f64::from(f32::from_bits(near.abs().to_bits() + 1)) - f64::from(near.abs());
    let ulp = if ulp.is_finite() { ulp } else { 2f64.powi(104) };
    (f64::from(y) - want).abs() / ulp
}

fn logistic(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}

/// The share of a normal distribution below `x`.
pub(crate) fn normal_share(x: f64) -> f64 {
    let a = x.abs();
    let density = (-0.5 * a * a).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let tail = if a < 3.0 {
        // 1/2 minus the series a + a³/3 + a⁵/15 + ... times the density.
        let (mut term, mut sum, mut k) = (a, a, 1.0);
        while term > 1e-18 * sum {
            k += 2.0;
            term *= a * a / k;
            sum += term;
        }
        0.5 - density * sum
    } else if a.is_finite() {
        // A continued fraction: density / (a + 1 / (a + 2 / (a + ...))).
        density / (1..200).rev().fold(a, |f, k| a + f64::from(k) / f)
    } else {
        0.0
    };
    if x.is_nan() {
        x
    } else if x < 0.0 {
        tail
    } else {
        1.0 - tail
    }
}

/// `x - tanh(x)`.
pub(crate) fn shrink(x: f64) -> f64 {
    if x.abs() > 0.05 {
        return x - x.tanh();
    }
    let z = x * x;
    x * z * (1.0 / 3.0 - z * (2.0 / 15.0 - z * (17.0 / 315.0 - z * (62.0 / 2835.0 - z * 1382.0 / 155_925.0))))
}

/// The worst error of both results, and where it is.
fn worst(name: &str, f: On, x: &[f32], y: &[f32], exact: &dyn Fn(f64, f64) -> (f64, f64)) -> [f64; 2] {
    let mut all = [0.0f64; 2];
    let want: Vec<_> = x.iter().zip(y).map(|(x, y)| exact(f64::from(*x), f64::from(*y))).collect();
    for path in Path::all() {
        let (a, b) = f(path, x, y);
        let mut most = [(0.0, 0); 2];
        for (i, (u, v)) in want.iter().enumerate() {
            for (most, error) in most.iter_mut().zip([ulps(a[i], *u), ulps(b[i], *v)]) {
                if error > most.0 {
                    *most = (error, i);
                }
            }
        }
        for (k, (error, i)) in most.into_iter().enumerate() {
            let lanes = path.lanes();
            println!(
                "{name}[{k}] {lanes} lanes: {error:.2} ulp at {:e}, {:e}: {:e} {:e}",
                x[i], y[i], a[i], b[i]
            );
            all[k] = all[k].max(error);
        }
    }
    all
}

/// Holds both results to their bounds.
fn hold(name: &str, f: On, bounds: [f64; 2], exact: impl Fn(f64, f64) -> (f64, f64)) {
    let x = numbers();
    let mut y = x.clone();
    y.rotate_left(x.len() / 3);
    let found = worst(name, f, &x, &y, &exact);
    assert!(found[0] <= bounds[0] && found[1] <= bounds[1], "{name}: {found:?} ulp, above {bounds:?}");
}

/// A function of one number, applied to both.
fn both(f: impl Fn(f64) -> f64) -> impl Fn(f64, f64) -> (f64, f64) {
    move |x, y| (f(x), f(y))
}

#[test]
fn exponentials_are_within_their_bounds() {
    hold("exp", vec::exp, [2.0; 2], both(f64::exp));
    hold("exp_m1", vec::exp_m1, [3.0; 2], both(f64::exp_m1));
    let x: Vec<f32> = numbers().into_iter().map(|x| -x.abs()).collect();
    let found = worst("exp_below_0", vec::exp_below_0, &x, &x, &both(f64::exp));
    assert!(found[0] <= 2.0, "{found:?}");
}

#[test]
fn sigmoids_and_tanh_are_within_their_bounds() {
    hold("sigmoid", vec::sigmoid, [3.0; 2], both(logistic));
    hold("tanh", vec::tanh, [4.0; 2], both(f64::tanh));
    hold("two_sigmoids", vec::two_sigmoids, [5.0; 2], both(logistic));
    hold("sigmoid_and_tanh", vec::sigmoid_and_tanh, [5.0, 6.0], |x, y| (logistic(x), y.tanh()));
    hold("sigmoid_and_slope", vec::sigmoid_and_slope, [3.0, 6.0], |x, _| {
        (logistic(x), logistic(x) * logistic(-x))
    });
}

#[test]
fn the_others_are_within_their_bounds() {
    hold("softplus", vec::softplus, [4.0; 2], both(|x| if x > 40.0 { x } else { x.exp().ln_1p() }));
    hold("ln", vec::ln, [2.0; 2], both(f64::ln));
    hold("relu", vec::relu, [0.0; 2], both(|x| if x <= 0.0 { 0.0 } else { x }));
    hold("normal", vec::normal, [6.0, 2.0], |x, _| (normal_share(x), (-0.5 * x * x).exp()));
    hold("tanh_softplus", vec::tanh_softplus, [5.0, 10.0], |x, _| {
        let (e, far) = (if x > 300.0 { 300.0 } else { x }.exp(), x > 20.0);
        let n = e * (e + 2.0);
        (
            if far { 1.0 } else { n / (n + 2.0) },
            if far { 0.0 } else { 4.0 * e * (e + 1.0) / (n + 2.0).powi(2) },
        )
    });
    hold("tanh_shrink", vec::tanh_shrink, [10.0, 6.0], |x, _| (shrink(x), x.tanh().powi(2)));
    let x: Vec<f32> = numbers().into_iter().map(f32::abs).filter(|x| x.is_normal()).collect();
    let found = worst("ln_positive", vec::ln_positive, &x, &x, &both(f64::ln));
    assert!(found[0] <= 2.0, "{found:?}");
}

#[test]
fn signs_survive_where_the_result_is_zero() {
    for path in Path::all() {
        for (x, negative) in
            [(0.0f32, false), (-0.0, true), (f32::from_bits(1), false), (-f32::from_bits(1), true)]
        {
            let y = vec::tanh(path, &[x], &[x]).0[0];
            assert_eq!((y.abs(), y.is_sign_negative()), (x.abs(), negative), "{path:?} {x:e}");
        }
        // Nothing that is a square, a probability or a sum of these is ever below 0.
        for f in [vec::exp, vec::sigmoid, vec::softplus, vec::two_sigmoids] {
            let x = numbers();
            assert!(!f(path, &x, &x).0.iter().any(|y| *y < 0.0 || y.to_bits() == 1 << 31));
        }
    }
}

#[test]
fn no_number_of_a_pair_disturbs_the_other() {
    let more = [1000.0, -1000.0, 89.0, -89.0, -80.0, 44.0, -44.0, 20.0, -20.0, -1e-30, 1e-40, 0.3, -0.3];
    for path in Path::all() {
        for lane in 0..2 * path.lanes() {
            for bad in SPECIAL.into_iter().chain(more) {
                // Ordinary numbers everywhere but in one lane of one of the two.
                let x: Vec<f32> = (0..2 * path.lanes() + 3).map(|i| 0.37 * i as f32 - 4.0).collect();
                let (mut left, mut right) = (x.clone(), x.clone());
                left[lane] = bad;
                right[lane + 1] = bad;
                for (u, v) in [(&left, &x), (&x, &left), (&left, &right), (&right, &left), (&left, &left)] {
                    let (a, b) = vec::two_sigmoids(path, u, v);
                    let (c, d) = vec::sigmoid_and_tanh(path, u, v);
                    for i in 0..x.len() {
                        let (s, t) = (logistic(f64::from(u[i])), logistic(f64::from(v[i])));
                        assert!(
                            ulps(a[i], s) <= 5.0 && ulps(b[i], t) <= 5.0,
                            "{path:?} {i} {} {}",
                            u[i],
                            v[i]
                        );
                        let t = f64::from(v[i]).tanh();
                        assert!(
                            ulps(c[i], s) <= 5.0 && ulps(d[i], t) <= 6.0,
                            "{path:?} {i} {} {}",
                            u[i],
                            v[i]
                        );
                    }
                }
            }
        }
    }
}
