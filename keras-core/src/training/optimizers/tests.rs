//! Each optimiser against Keras 3.15.1 on JAX: four steps of two weights, `a` and `b`, from the gradients below.

use keras_shape::{Axes, Constraint, Regularizer};

use super::schedules::{ExponentialDecay, PiecewiseConstantDecay};
use super::*;
use crate::Error;
use crate::param::ParamId;
use crate::training::testing::{assert_close, raw};

const SCALES: [f32; 4] = [1.0, -0.5, 2.0, 0.7];

fn weight(path: &str, values: &[f32], shape: &[usize]) -> Param {
    Param {
        id: ParamId::fresh(),
        path: path.into(),
        value: raw(values, shape),
        trainable: true,
        trains: true,
        regularizer: Regularizer::None,
        constraint: Constraint::None,
    }
}

fn weights() -> (Param, Param) {
    (weight("a", &[1.0, -2.0, 0.5, 0.25], &[2, 2]), weight("b", &[0.1, -0.3], &[2]))
}

fn gradients(scale: f32) -> Vec<Option<Raw>> {
    let of = |values: &[f32], shape: &[usize]| {
        Some(raw(&values.iter().map(|v| v * scale).collect::<Vec<_>>(), shape))
    };
    vec![of(&[0.3, -0.1, 2.0, 0.05], &[2, 2]), of(&[-0.2, 0.0], &[2])]
}

fn values(param: &Param) -> Vec<f32> {
    param.value.to_vec().expect("numbers")
}

#[track_caller]
fn case(mut optimizer: impl Optimizer, a: &[f32], b: &[f32]) {
    let (mut first, mut second) = weights();
    for (i, scale) in SCALES.into_iter().enumerate() {
        assert_eq!(optimizer.iterations(), i as u64);
        optimizer.apply(&mut [&mut first, &mut second], gradients(scale)).expect("a step");
    }
    assert_eq!(first.value.shape(), [2, 2]);
    assert_close(&values(&first), a, 1e-6);
    assert_close(&values(&second), b, 1e-6);
}

#[test]
#[rustfmt::skip]
fn keras_numbers() {
    case(SGD::default(), &[0.9904, -1.9968, 0.436, 0.2484], &[0.1064, -0.3]);
    case(SGD::new(0.1).momentum(0.9), &[0.80248, -1.9341601, -0.81679994, 0.21708], &[0.23168, -0.3]);
    case(SGD::new(0.1).momentum(0.9).nesterov(true), &[0.726232, -1.908744, -1.32512, 0.204372], &[0.282512, -0.3]);
    case(SGD::new(0.1).weight_decay(0.1), &[0.8657886, -1.8895895, -0.1517518, 0.22434776], &[0.1592646, -0.2881788]);
    case(SGD::new(0.1).clipnorm(0.5), &[0.9851886, -1.9950628, 0.40125716, 0.24753141], &[0.164, -0.3]);
    case(SGD::new(0.1).clipvalue(0.2), &[0.95500004, -1.968, 0.45999998, 0.234], &[0.14400001, -0.3]);
    case(SGD::new(0.1).global_clipnorm(0.5), &[0.98526025, -1.9950867, 0.401735, 0.24754336], &[0.1098265, -0.3]);
    case(Adam::default(), &[0.9973902, -1.9973902, 0.49739015, 0.24739026], &[0.102609836, -0.3]);
    case(Adam::new(0.1).beta_1(0.8).beta_2(0.95).epsilon(1e-3), &[0.7428676, -1.7479832, 0.2406199, 0.0052340776], &[0.35583115, -0.3]);
    case(Adam::new(0.1).beta_2(0.5).amsgrad(true), &[0.7653807, -1.7653807, 0.26538053, 0.015381012], &[0.33461934, -0.3]);
    case(AdamW::default(), &[0.99737424, -1.9973582, 0.49738216, 0.24738626], &[0.10260822, -0.29999524]);
    case(AdamW::new(0.1).weight_decay(0.1).exclude_from_weight_decay(["b"]), &[0.7037698, -1.6643697, 0.2234702, -0.016667858], &[0.3609834, -0.3]);
    case(RMSprop::default(), &[0.99450576, -1.9945059, 0.49450573, 0.24450627], &[0.10549423, -0.3]);
    case(RMSprop::new(0.01).rho(0.8).momentum(0.5), &[0.93918157, -1.9391823, 0.4391815, 0.18918467], &[0.16081831, -0.3]);
    case(RMSprop::new(0.01).centered(true).epsilon(1e-2), &[0.951918, -1.9726694, 0.44126412, 0.23470871], &[0.14133434, -0.3]);
    case(RMSprop::new(0.01).momentum(0.5).centered(true).epsilon(1e-2), &[0.9269448, -1.9595314, 0.4086073, 0.22748946], &[0.16209085, -0.3]);
    case(Adagrad::new(0.1), &[0.8576731, -1.9158974, 0.3292737, 0.20208564], &[0.22386011, -0.3]);
    case(Adagrad::new(0.1).initial_accumulator_value(0.5).epsilon(1e-3), &[0.8984983, -1.9567382, 0.33319783, 0.2276526], &[0.17753653, -0.3]);
    case(Adamax::new(0.1).beta_2(0.9), &[0.78744537, -1.7874455, 0.2874453, 0.03744565], &[0.31255463, -0.3]);
    case(Nadam::new(0.1), &[0.7952762, -1.7952763, 0.29527622, 0.045276556], &[0.3047237, -0.3]);
    case(Adadelta::new(1.0), &[0.9967105, -1.9967107, 0.49671045, 0.24671146], &[0.103289515, -0.3]);
    case(Lion::new(0.1), &[0.79999995, -1.8, 0.3, 0.050000004], &[0.3, -0.3]);
    case(SGD::new(ExponentialDecay::new(0.1, 2, 0.5)), &[0.943182, -1.9810606, 0.12121322, 0.24053034], &[0.13787869, -0.3]);
    case(Adam::new(PiecewiseConstantDecay::new([1], [0.1, 0.01])), &[0.8599332, -1.859936, 0.35993204, 0.10994006], &[0.24006607, -0.3]);
}

#[test]
#[rustfmt::skip]
fn state_in_the_order_of_keras() {
    let mut optimizer = Adam::new(0.1).amsgrad(true);
    let (mut a, mut b) = weights();
    for scale in SCALES {
        optimizer.apply(&mut [&mut a, &mut b], gradients(scale)).expect("a step");
    }
    let found: Vec<_> = optimizer.variables().expect("a state");
    let expected: [(&str, &[f32]); 8] = [
        ("iteration", &[4.0]),
        ("learning_rate", &[0.1]),
        ("0_a_momentum", &[0.08472, -0.028240003, 0.5648, 0.014120001]),
        ("0_a_velocity", &[0.0005159253, 5.732504e-05, 0.022930015, 1.433126e-05]),
        ("1_b_momentum", &[-0.056480005, 0.0]),
        ("1_b_velocity", &[0.00022930016, 0.0]),
        ("0_a_velocity_hat", &[0.0005159253, 5.732504e-05, 0.022930015, 1.433126e-05]),
        ("1_b_velocity_hat", &[0.00022930016, 0.0]),
    ];
    assert_eq!(found.len(), expected.len());
    for ((found, value), (name, numbers)) in found.iter().zip(expected) {
        assert_eq!(found, name);
        assert_close(&value.to_vec().expect("numbers"), numbers, 1e-7);
    }
}

#[test]
fn a_saved_state_goes_on_where_it_was() {
    let optimizers: [fn() -> Box<dyn Optimizer>; 4] = [
        || Box::new(Nadam::new(0.1)),
        || Box::new(RMSprop::new(0.1).momentum(0.5).centered(true).epsilon(0.1)),
        || Box::new(Adam::new(ExponentialDecay::new(0.1, 2, 0.5)).amsgrad(true)),
        || Box::new(SGD::new(0.1)),
    ];
    for make in optimizers {
        let (mut a, mut b) = weights();
        let mut first = make();
        first.apply(&mut [&mut a, &mut b], gradients(1.0)).expect("a step");
        let state: Vec<_> = first.variables().expect("a state").into_iter().map(|(_, value)| value).collect();
        let (mut a2, mut b2) = (a.clone(), b.clone());
        (a2.id, b2.id) = (ParamId::fresh(), ParamId::fresh());
        let mut second = make();
        second.set_variables(&[&a2, &b2], &state).expect("the same state");
        assert_eq!(second.iterations(), 1);
        first.apply(&mut [&mut a, &mut b], gradients(-0.5)).expect("a step");
        second.apply(&mut [&mut a2, &mut b2], gradients(-0.5)).expect("a step");
        assert_eq!(values(&a), values(&a2), "{}", first.name());
        assert_eq!(values(&b), values(&b2), "{}", first.name());
        assert!(second.set_variables(&[&a2, &b2], &state[1..]).is_err());
    }
}

#[test]
fn constraints_hold_after_a_step() {
    let (mut a, mut b) = weights();
    (a.constraint, b.constraint) =
        (Constraint::NonNeg, Constraint::UnitNorm { axis: Axes { list: &[0], bare: true } });
    SGD::default().apply(&mut [&mut a, &mut b], gradients(1.0)).expect("a step");
    assert!(values(&a).iter().all(|v| *v >= 0.0));
    let norm = values(&b).iter().map(|v| v * v).sum::<f32>().sqrt();
    assert!((norm - 1.0).abs() < 1e-5, "{norm}");
}

#[test]
fn weights_without_a_gradient_stay() {
    let (mut a, mut b) = weights();
    let mut all = gradients(1.0);
    all[1] = None;
    AdamW::new(0.1).apply(&mut [&mut a, &mut b], all).expect("a step");
    assert_ne!(values(&a), [1.0, -2.0, 0.5, 0.25]);
    assert_eq!(values(&b), [0.1, -0.3]);
    let error = SGD::default().apply(&mut [&mut a, &mut b], vec![None, None]).expect_err("no gradients");
    assert_eq!(error.to_string(), "no weight has a gradient: does the loss depend on the model's output?");
}

#[test]
fn learning_rates_are_set() {
    let mut adam = Adam::default();
    assert_eq!(adam.learning_rate(), 0.001);
    adam.set_learning_rate(0.5).expect("a number");
    assert_eq!(adam.learning_rate(), 0.5);
    for rate in [1e300, -1e-3, f64::NAN, f64::INFINITY] {
        let error = adam.set_learning_rate(rate).expect_err("no learning rate");
        assert!(error.to_string().starts_with(&format!("a learning rate of {rate:?}: ")), "{error}");
        assert_eq!(adam.learning_rate(), 0.5, "nothing changes");
    }
    adam.set_learning_rate(0.0).expect("a number");
    let mut sgd = SGD::new(ExponentialDecay::new(0.1, 2, 0.5));
    assert!(sgd.scheduled() && !adam.scheduled());
    assert!(matches!(sgd.set_learning_rate(0.5), Err(Error::Argument(_))));
}

#[test]
fn arguments_that_cannot_be() {
    let error =
        |optimizer: &dyn Optimizer| optimizer.check().expect_err("an argument that cannot be").to_string();
    assert_eq!(error(&SGD::default().momentum(1.5)), "`momentum` must lie between 0 and 1, found 1.5");
    assert_eq!(
        error(&Adam::default().clipnorm(1.0).clipvalue(1.0)),
        "only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set"
    );
    assert_eq!(error(&Adam::default().clipnorm(-1.0)), "`clipnorm` must not be negative, found -1");
    assert_eq!(error(&SGD::default().weight_decay(-0.1)), "`weight_decay` must not be negative, found -0.1");
    assert_eq!(
        error(&SGD::default().clipvalue(1e300)),
        "`clipvalue` must be finite as a 32-bit float, found 1e300"
    );
    // 1 - beta^step is a divisor; what rounds to 1 is 1.
    for beta in [1.0, 1.0 - 1e-12, -0.1, f64::NAN, f64::INFINITY] {
        let words = format!("must be at least 0 and below 1, found {beta}");
        assert_eq!(error(&Adam::default().beta_1(beta)), format!("`beta_1` {words}"));
        assert_eq!(error(&AdamW::default().beta_2(beta)), format!("`beta_2` {words}"));
        assert_eq!(error(&Nadam::default().beta_1(beta)), format!("`beta_1` {words}"));
        assert_eq!(error(&Adamax::default().beta_1(beta)), format!("`beta_1` {words}"));
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
        for optimizer in [
            &Adam::default().epsilon(bad) as &dyn Optimizer,
            &Adam::default().weight_decay(bad),
            &Adam::default().global_clipnorm(bad),
            &Adam::new(bad),
            &Adamax::default().beta_2(bad),
            &Lion::default().beta_2(bad),
            &Adadelta::default().rho(bad),
            &RMSprop::default().momentum(bad),
            &RMSprop::default().rho(bad),
            &Adagrad::default().initial_accumulator_value(bad),
            &Nadam::default().epsilon(bad),
            &SGD::default().momentum(bad),
        ] {
            error(optimizer);
        }
    }
    let (mut a, _) = weights();
    let error =
        SGD::default().apply(&mut [&mut a], vec![Some(raw(&[1.0; 4], &[4]))]).expect_err("another shape");
    assert_eq!(error.to_string(), "weight `a`: its shape is [2, 2], its gradient's [4]");
    assert!(SGD::default().apply(&mut [&mut a], vec![]).is_err());
}

/// A schedule whose arguments are right and whose values are not.
#[derive(Debug)]
struct Falls;

impl Schedule for Falls {
    fn at(&self, step: u64) -> f64 {
        0.5 - step as f64 * 0.5
    }
}

#[test]
fn a_schedule_that_goes_wrong_on_its_way_is_an_error() {
    let (mut a, _) = weights();
    let mut sgd = SGD::new(Falls);
    let mut step = |a: &mut Param| sgd.apply(&mut [a], vec![Some(raw(&[1.0; 4], &[2, 2]))]);
    step(&mut a).expect("0.5");
    step(&mut a).expect("0");
    let before = a.value.to_vec().expect("numbers");
    let error = step(&mut a).expect_err("below 0");
    assert_eq!(error.to_string(), "a learning rate of -0.5: it must be a number from 0 to 3.4e38");
    assert_eq!(a.value.to_vec().expect("numbers"), before);
}

#[test]
fn a_state_goes_where_its_weight_is() {
    let (mut a, mut b) = weights();
    let mut adam = Adam::default();
    let gradients = || vec![Some(raw(&[0.5; 4], &[2, 2])), Some(raw(&[0.25, -1.0], &[2]))];
    adam.apply(&mut [&mut a, &mut b], gradients()).expect("a step");
    let state = adam.state().expect("a state");
    assert_eq!((state.iterations, state.learning_rate), (1, Some(0.001)));
    // Another one has seen the weights the other way round, and more often.
    let mut other = Adam::new(0.5);
    for _ in 0..3 {
        let reversed = gradients().into_iter().rev().collect();
        other.apply(&mut [&mut b.clone(), &mut a.clone()], reversed).expect("a step");
    }
    let named = |a: &'_ Param, b: &'_ Param| [("x/a".to_string(), a.clone()), ("x/b".to_string(), b.clone())];
    let all = named(&a, &b);
    let all: Vec<(String, &Param)> = all.iter().map(|(path, param)| (path.clone(), param)).collect();
    other.set_state(&all, &state).expect("the same optimizer");
    let (mut a2, mut b2) = (a.clone(), b.clone());
    adam.apply(&mut [&mut a, &mut b], gradients()).expect("a step");
    other.apply(&mut [&mut a2, &mut b2], gradients()).expect("a step");
    let bits = |p: &Param| p.value.to_vec().expect("numbers").iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!((bits(&a), bits(&b)), (bits(&a2), bits(&b2)));

    let refused = |optimizer: &mut dyn Optimizer, words: &[&str]| {
        let before = format!("{:?}", optimizer.variables().expect("variables").len());
        let error = optimizer.set_state(&all, &state).expect_err("another optimizer").to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        assert_eq!(format!("{:?}", optimizer.variables().expect("variables").len()), before);
        assert_eq!(optimizer.iterations(), 0);
    };
    refused(&mut SGD::default(), &["`x/a/momentum` is not kept by this optimizer", "`x/b/velocity`"]);
    refused(&mut Adam::default().amsgrad(true), &["`x/a/velocity_hat` is missing", "`x/b/velocity_hat`"]);
    refused(&mut Adam::new(ExponentialDecay::new(0.1, 2, 0.5)), &["follows a schedule, and was a number"]);
}
