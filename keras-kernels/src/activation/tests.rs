use super::*;
use crate::math::tests::{normal_share, numbers, shrink};
use crate::rare::Rare;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Any {
    Act(Act),
    Rare(Rare),
}

/// A result and the size that its error is relative to.
type Scaled = (f64, f64);

/// As large as it is itself.
fn own(x: f64) -> Scaled {
    (x, x.abs())
}

/// `p + x d`, relative to the sizes of both.
fn sum(p: f64, x: f64, d: f64) -> Scaled {
    (p + x * d, p.abs() + (x * d).abs())
}

fn logistic(x: f64) -> f64 {
    if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) }
}

fn softplus(x: f64) -> f64 {
    if x > 40.0 { x } else { x.exp().ln_1p() }
}

/// `x` times a factor with the derivative `d`. A factor below 2⁻¹²⁶ may be 0.
fn gated(x: f64, factor: f64, d: f64) -> (Scaled, Scaled) {
    let least = f64::from(f32::MIN_POSITIVE) / f64::from(f32::EPSILON) * x.abs().min(100.0);
    let ((y, size), (slope, sizes)) = (own(x * factor), sum(factor, x, d));
    ((y, size.max(least)), (slope, sizes.max(least)))
}

fn elu(x: f64, alpha: f64, by: f64) -> (Scaled, Scaled) {
    if x > 0.0 {
        (own(by * x), own(by))
    } else {
        (own(by * alpha * x.exp_m1()), (by * alpha * x.exp(), by * alpha))
    }
}

fn inside(x: f64, limit: f64, slope: f64) -> Scaled {
    own(if x.abs() < limit { slope } else { 0.0 })
}

/// Value and derivative of Keras's formulas, and by how many times 2⁻²³ of their scale they may be missed.
fn exact(act: Any, x: f64) -> ((Scaled, Scaled), [f64; 2]) {
    match act {
        Any::Act(act) => exact_act(act, x),
        Any::Rare(act) => exact_rare(act, x),
    }
}

fn exact_act(act: Act, x: f64) -> ((Scaled, Scaled), [f64; 2]) {
    let sigmoid = logistic(x);
    let step = |slope: f64| if x > 0.0 { 1.0 } else { slope };
    let hard = ((x + 3.0) / 6.0).clamp(0.0, 1.0);
    match act {
        Act::Linear => ((own(x), own(1.0)), [0.0; 2]),
        Act::Relu => ((own(if x <= 0.0 { 0.0 } else { x }), own(step(0.0))), [0.0; 2]),
        Act::Relu6 => ((own(x.clamp(0.0, 6.0)), own(if x > 0.0 && x < 6.0 { 1.0 } else { 0.0 })), [0.0; 2]),
        Act::LeakyRelu(a) => {
            let a = f64::from(a);
            let zero_is_above = if x == 0.0 { 1.0 } else { step(a) };
            ((own(if x < 0.0 { a * x } else { x }), own(zero_is_above)), [1.0, 0.0])
        }
        Act::Elu(a) => (elu(x, f64::from(a), 1.0), [4.0, 5.0]),
        Act::Selu => (elu(x, 1.673_263_242_354_377_2, 1.050_700_987_355_480_5), [5.0, 5.0]),
        Act::Sigmoid => ((own(sigmoid), (sigmoid * logistic(-x), sigmoid)), [3.0, 5.0]),
        Act::HardSigmoid => (((hard, 1.0), inside(x, 3.0, f64::from(1.0f32 / 6.0))), [2.0, 0.0]),
        Act::HardSigmoidKeras2 => {
            let y = (f64::from(0.2f32) * x + 0.5).clamp(0.0, 1.0);
            (((y, 1.0), inside(x, 2.5, f64::from(0.2f32))), [2.0, 0.0])
        }
        Act::Tanh => ((own(x.tanh()), (1.0 / x.cosh().powi(2), 1.0)), [4.0, 6.0]),
        Act::HardTanh => ((own(x.clamp(-1.0, 1.0)), inside(x, 1.0, 1.0)), [0.0; 2]),
        Act::Softplus => ((own(softplus(x)), own(sigmoid)), [4.0, 9.0]),
        Act::Softsign => {
            let y = x / (1.0 + x.abs());
            let root = 1.0 - y.abs();
            ((own(y), (root * root, root + 1e-7)), [2.0, 4.0])
        }
        Act::Exponential => ((own(x.exp()), own(x.exp())), [2.0; 2]),
        Act::Silu => (gated(x, sigmoid, sigmoid * logistic(-x)), [4.0, 8.0]),
        Act::HardSilu => {
            let d = if x.abs() < 3.0 { x / 6.0 } else { 0.0 };
            (((x * hard, x.abs()), (hard + d, hard + d.abs())), [2.0; 2])
        }
        Act::GeluTanh => {
            let root = (2.0 / std::f64::consts::PI).sqrt();
            let u = 2.0 * root * (x + 0.044715 * x * x * x);
            let d =
                logistic(u) * logistic(-u) * 2.0 * root * (1.0 + 3.0 * 0.044715 * x.clamp(-1e6, 1e6).powi(2));
            let (v, s) = gated(x, logistic(u), d);
            let worse = 1.0 + u.abs().min(1e3);
            (((v.0, v.1 * worse), (s.0, s.1 * worse)), [5.0; 2])
        }
        Act::Gelu => {
            let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            (gated(x, normal_share(x), density), [7.0, 8.0])
        }
        Act::Mish => {
            let (e, far) = (if x > 30.0 { 30.0 } else { x }.exp(), x > 20.0);
            let n = e * (e + 2.0);
            let d = if far { 0.0 } else { 4.0 * e * (e + 1.0) / (n + 2.0).powi(2) };
            (gated(x, if far { 1.0 } else { n / (n + 2.0) }, d), [6.0, 12.0])
        }
    }
}

fn exact_rare(act: Rare, x: f64) -> ((Scaled, Scaled), [f64; 2]) {
    let half = (x.clamp(-1.0, 1.0) + 1.0) / 2.0;
    let beyond = |limit: f64| x.abs() > limit;
    let pick = |is: bool, y: f64| own(if is { y } else { 0.0 });
    match act {
        Rare::HardTanh => ((own(x.clamp(-1.0, 1.0)), pick(!beyond(1.0), 1.0)), [0.0; 2]),
        Rare::HardShrink => ((pick(beyond(0.5), x), pick(beyond(0.5), 1.0)), [0.0; 2]),
        Rare::SoftShrink => ((pick(beyond(0.5), x - 0.5f64.copysign(x)), pick(beyond(0.5), 1.0)), [1.0, 0.0]),
        Rare::TanhShrink => ((own(shrink(x)), own(x.tanh().powi(2))), [6.0, 9.0]),
        Rare::Squareplus => {
            let root = (x * x + 4.0).sqrt();
            let y = if x > f64::NEG_INFINITY && x < 0.0 { 2.0 / (root - x) } else { (x + root) / 2.0 };
            ((own(y), own(y / root)), [4.0; 2])
        }
        Rare::SparsePlus => {
            let y = if x < 1.0 { half * half } else { x };
            ((own(y), own(half + 0.0 * x)), [3.0, 2.0])
        }
        Rare::SparseSigmoid => {
            let slope = if x.abs() == 1.0 { 0.25 } else { 0.5 };
            (((half, 1.0), pick(x.abs() <= 1.0, slope)), [1.0, 0.0])
        }
        Rare::LogSigmoid => ((own(-softplus(-x)), own(logistic(-x))), [4.0; 2]),
    }
}

pub(crate) const ALL: [Act; 19] = [
    Act::Linear,
    Act::Relu,
    Act::Relu6,
    Act::LeakyRelu(0.2),
    Act::Elu(0.7),
    Act::Selu,
    Act::Sigmoid,
    Act::HardSigmoid,
    Act::HardSigmoidKeras2,
    Act::Tanh,
    Act::HardTanh,
    Act::Softplus,
    Act::Softsign,
    Act::Exponential,
    Act::Silu,
    Act::HardSilu,
    Act::GeluTanh,
    Act::Gelu,
    Act::Mish,
];

const RARE: [Rare; 8] = [
    Rare::HardTanh,
    Rare::HardShrink,
    Rare::SoftShrink,
    Rare::TanhShrink,
    Rare::Squareplus,
    Rare::SparsePlus,
    Rare::SparseSigmoid,
    Rare::LogSigmoid,
];

fn all() -> impl Iterator<Item = Any> {
    ALL.into_iter().map(Any::Act).chain(RARE.into_iter().map(Any::Rare))
}

impl Any {
    /// Values, and the gradients for gradients `dy` of these.
    fn run(self, path: Path, x: &[f32], dy: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (mut y, mut dx) = (x.to_vec(), vec![9.0; x.len()]);
        match self {
            Any::Act(act) => {
                act.forward_on(path, &mut y);
                act.backward_on(path, if act.needs_input() { x } else { &y }, dy, &mut dx);
                if !act.needs_input() {
                    let mut scaled = dy.to_vec();
                    act.scale(path, &y, &mut scaled);
                    let same = |a: f32, b: f32| a == b || a.is_nan() && b.is_nan();
                    assert!(dx.iter().zip(&scaled).all(|(a, b)| same(*a, *b)), "{act:?} on {path:?}");
                }
            }
            Any::Rare(act) => {
                act.forward_on(path, &mut y);
                act.backward_on(path, x, dy, &mut dx);
            }
        }
        (y, dx)
    }
}

/// How many times 2⁻²³ of its scale `y` is away, or steps of 2⁻¹²⁶ where that is larger.
fn error(y: f32, (want, scale): Scaled) -> f64 {
    if want.is_nan() || y.is_nan() {
        return if want.is_nan() && y.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if f64::from(y) == want || y == want as f32 && want.abs() > 1e-30 {
        return 0.0;
    }
    // Just below the greatest number a result may be rounded up.
    if y.is_infinite() && want.abs() > 0.999_99 * f64::from(f32::MAX) && want * f64::from(y) > 0.0 {
        return 0.0;
    }
    (f64::from(y) - want).abs()
        / (scale.max(want.abs()) * f64::from(f32::EPSILON)).max(f64::from(f32::MIN_POSITIVE))
}

#[test]
fn values_and_derivatives_are_within_their_bounds_for_every_exponent() {
    let mut x = numbers();
    x.extend([0.5, -0.5, 1.0, -1.0, 3.0, -3.0, 6.0, -6.0]);
    let dy = vec![1.0; x.len()];
    let mut failed = Vec::new();
    for act in all() {
        let mut most = [(0.0, 0.0f32, 0.0f32); 2];
        let mut bounds = [0.0; 2];
        for path in Path::all() {
            let (y, dx) = act.run(path, &x, &dy);
            for i in 0..x.len() {
                let ((value, slope), allowed) = exact(act, f64::from(x[i]));
                bounds = allowed;
                for (most, (got, want)) in most.iter_mut().zip([(y[i], value), (dx[i], slope)]) {
                    let error = error(got, want);
                    if error > most.0 {
                        *most = (error, x[i], got);
                    }
                }
            }
        }
        println!("{act:?}: {most:?}");
        if most[0].0 > bounds[0] || most[1].0 > bounds[1] {
            failed.push((act, most, bounds));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn no_lane_disturbs_its_neighbours() {
    let ugly = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30, -1e30, -1000.0, -88.5, 1e-40, -0.0];
    for path in Path::all() {
        for act in all() {
            let n = 2 * path.lanes() + 3;
            let ordinary: Vec<f32> = (0..n).map(|i| 0.41 * i as f32 - 3.1).collect();
            let dy: Vec<f32> = (0..n).map(|i| 1.5 - 0.1 * i as f32).collect();
            let (y, dx) = act.run(path, &ordinary, &dy);
            for lane in 0..n {
                for bad in ugly {
                    let (mut x, mut more) = (ordinary.clone(), dy.clone());
                    (x[lane], more[lane]) = (bad, if lane % 2 == 0 { f32::NAN } else { 1.0 });
                    let (u, v) = act.run(path, &x, &more);
                    for i in (0..n).filter(|i| *i != lane) {
                        assert_eq!((u[i], v[i]), (y[i], dx[i]), "{act:?} on {path:?}: {bad} in lane {lane}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_does_not_pass_has_no_gradient_even_of_infinity() {
    let x = [-7.0, 7.0, 0.1];
    let dy = [f32::INFINITY, f32::NAN, 2.0];
    for path in Path::all() {
        for (act, want) in [
            (Any::Act(Act::Relu6), 2.0),
            (Any::Act(Act::HardSigmoid), 2.0 / 6.0),
            (Any::Act(Act::HardSigmoidKeras2), 0.4),
            (Any::Act(Act::HardTanh), 2.0),
            (Any::Rare(Rare::HardTanh), 2.0),
            (Any::Rare(Rare::SparseSigmoid), 1.0),
        ] {
            assert_eq!(act.run(path, &x, &dy).1, [0.0, 0.0, want], "{act:?}");
        }
        for act in [Any::Rare(Rare::HardShrink), Any::Rare(Rare::SoftShrink)] {
            assert_eq!(act.run(path, &[0.3, -0.2, 0.7], &dy).1, [0.0, 0.0, 2.0], "{act:?}");
        }
        assert_eq!(Any::Act(Act::Relu).run(path, &[-1.0, 0.0, 3.0], &dy).1, [0.0, 0.0, 2.0]);
    }
}
