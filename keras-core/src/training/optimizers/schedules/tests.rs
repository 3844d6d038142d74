//! Each schedule against Keras 3.15.1 on JAX.

use super::*;

#[track_caller]
fn case(schedule: impl Into<LearningRate>, steps: &[u64], expected: &[f64]) {
    let schedule = schedule.into();
    schedule.check().expect("valid arguments");
    for (step, expected) in steps.iter().zip(expected) {
        let found = schedule.at(*step);
        assert!(
            (found - expected).abs() < 2e-8,
            "{schedule:?} at {step}: found {found}, expected {expected}"
        );
    }
}

#[test]
#[rustfmt::skip]
fn keras_numbers() {
    case(ExponentialDecay::new(0.1, 4, 0.5), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.084089644, 0.059460353, 0.05, 0.042044822, 0.01767767, 0.0013139007]);
    case(ExponentialDecay::new(0.1, 4, 0.5).staircase(true), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.0015625]);
    case(InverseTimeDecay::new(0.1, 4, 0.5), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.08888889, 0.07272727, 0.06666667, 0.06153846, 0.044444446, 0.024242425]);
    case(InverseTimeDecay::new(0.1, 4, 0.5).staircase(true), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.1, 0.1, 0.06666667, 0.06666667, 0.05, 0.025]);
    case(PiecewiseConstantDecay::new([1, 4], [0.1, 0.05, 0.01]), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.1, 0.05, 0.05, 0.01, 0.01, 0.01]);
    case(PolynomialDecay::new(0.1, 10), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.09001, 0.070030004, 0.060040005, 0.05005, 1e-04, 1e-04]);
    case(PolynomialDecay::new(0.1, 4).end_learning_rate(0.01).power(0.5).cycle(true), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.08794229, 0.055, 0.01, 0.06511352, 0.04674235, 0.039459415]);
    case(CosineDecay::new(0.1, 10), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.09755283, 0.07938927, 0.06545085, 0.049999997, 0.0, 0.0]);
    case(CosineDecay::new(0.0, 10).alpha(0.1).warmup(0.1, 5), &[0, 1, 3, 4, 5, 10, 25], &[0.0, 0.020000001, 0.060000002, 0.080000006, 0.1, 0.054999996, 0.010000001]);
    case(CosineDecayRestarts::new(0.1, 4), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.08535534, 0.014644662, 0.1, 0.09619398, 0.014644662, 0.008426517]);
    case(CosineDecayRestarts::new(0.1, 4).t_mul(1.0).m_mul(0.5).alpha(0.1), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.08681981, 0.023180196, 0.055000003, 0.048409905, 0.02125, 0.01120031]);
    case(CosineDecayRestarts::new(0.1, 4).t_mul(1.5).m_mul(0.9), &[0, 1, 3, 4, 5, 10, 25], &[0.1, 0.08535534, 0.014644662, 0.089999996, 0.08397114, 0.08099999, 0.04277947]);
}

#[test]
fn a_restart_is_at_its_step() {
    // Keras's logarithms in f32 may place it one step later.
    let schedule = CosineDecayRestarts::new(0.1, 10).t_mul(2.0);
    for step in [0, 10, 30, 70, 150] {
        assert!((schedule.at(step) - 0.1).abs() < 1e-12, "at {step}: {}", schedule.at(step));
    }
}

#[test]
fn arguments_that_cannot_be() {
    let error = |rate: LearningRate| rate.check().expect_err("an argument that cannot be").to_string();
    assert_eq!(error(ExponentialDecay::new(0.1, 0, 0.5).into()), "`decay_steps` must be above 0");
    assert_eq!(
        error(CosineDecayRestarts::new(0.1, 5).t_mul(0.5).into()),
        "`t_mul` must be at least 1, found 0.5"
    );
    assert_eq!(error(PiecewiseConstantDecay::new([1], [0.1]).into()), "1 boundaries take 2 values, found 1");
    assert_eq!(
        error(PiecewiseConstantDecay::new([2, 1], [0.1; 3]).into()),
        "boundaries must grow, found [2, 1]"
    );
    let found = |rate: f64| error(rate.into());
    assert_eq!(found(f64::NAN), "a learning rate of NaN: it must be a number from 0 to 3.4e38");
    for rate in [1e300, -1e-9, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(found(rate).starts_with(&format!("a learning rate of {rate:?}: ")), "{}", found(rate));
        for schedule in [
            LearningRate::from(ExponentialDecay::new(rate, 4, 0.5)),
            InverseTimeDecay::new(rate, 4, 0.5).into(),
            PolynomialDecay::new(rate, 4).into(),
            PolynomialDecay::new(0.1, 4).end_learning_rate(rate).into(),
            CosineDecay::new(rate, 4).into(),
            CosineDecay::new(0.1, 4).warmup(rate, 2).into(),
            CosineDecayRestarts::new(rate, 4).into(),
            PiecewiseConstantDecay::new([1], [0.1, rate]).into(),
        ] {
            assert!(error(schedule).starts_with("a learning rate of"));
        }
    }
    let negative = "must not be negative, found -0.5";
    assert_eq!(error(ExponentialDecay::new(0.1, 4, -0.5).into()), format!("`decay_rate` {negative}"));
    assert_eq!(error(InverseTimeDecay::new(0.1, 4, -0.5).into()), format!("`decay_rate` {negative}"));
    assert_eq!(error(PolynomialDecay::new(0.1, 4).power(-0.5).into()), format!("`power` {negative}"));
    assert_eq!(error(CosineDecay::new(0.1, 4).alpha(-0.5).into()), format!("`alpha` {negative}"));
    assert_eq!(error(CosineDecayRestarts::new(0.1, 4).m_mul(-0.5).into()), format!("`m_mul` {negative}"));
    assert_eq!(found(0.0f64.powi(-1)), found(f64::INFINITY));
    assert!(LearningRate::from(0.0).check().is_ok());
}
