//! Initialisers, regularisers, constraints and words by every name that Keras 3.15 has for them.
#![allow(clippy::panic)]

use keras_shape::{
    Activation, Arg, ArgType, Axes, Constraint, Distribution, FanMode, Initializer, Padding, Regularizer,
};

fn call(name: &str, args: &[(Option<&str>, Arg)]) -> Arg {
    let args = args.iter().map(|(name, arg)| (name.map(str::to_string), arg.clone()));
    Arg::Call(name.into(), args.collect())
}

/// As a bare word, in quotes, and as a call without arguments.
fn forms(name: &str) -> [Arg; 3] {
    [Arg::Word(name.into()), Arg::Str(name.into()), call(name, &[])]
}

fn read<T: ArgType>(arg: &Arg) -> T {
    T::parse(arg).unwrap_or_else(|error| panic!("{arg:?}: {error}")).value
}

#[test]
fn every_name_of_an_initializer_is_read() {
    let scaled = |scale, mode, distribution| Initializer::VarianceScaling {
        scale,
        mode,
        distribution,
        seed: None,
        input_axes: None,
        output_axes: None,
    };
    let names: [(&[&str], Initializer); 15] = [
        (&["zeros", "Zeros", "zero"], Initializer::Zeros),
        (&["ones", "Ones", "one"], Initializer::Ones),
        (&["constant", "Constant"], Initializer::Constant(0.0)),
        (
            &["random_normal", "RandomNormal", "normal"],
            Initializer::RandomNormal { mean: 0.0, stddev: 0.05, seed: None },
        ),
        (
            &["random_uniform", "RandomUniform", "uniform"],
            Initializer::RandomUniform { minval: -0.05, maxval: 0.05, seed: None },
        ),
        (
            &["truncated_normal", "TruncatedNormal"],
            Initializer::TruncatedNormal { mean: 0.0, stddev: 0.05, seed: None },
        ),
        (
            &["variance_scaling", "VarianceScaling"],
            scaled(1.0, FanMode::FanIn, Distribution::TruncatedNormal),
        ),
        (&["glorot_uniform", "GlorotUniform"], Initializer::GlorotUniform { seed: None }),
        (&["glorot_normal", "GlorotNormal"], Initializer::GlorotNormal { seed: None }),
        (&["he_uniform", "HeUniform"], Initializer::HeUniform { seed: None }),
        (&["he_normal", "HeNormal"], Initializer::HeNormal { seed: None }),
        (&["lecun_uniform", "LecunUniform"], Initializer::LecunUniform { seed: None }),
        (&["lecun_normal", "LecunNormal"], Initializer::LecunNormal { seed: None }),
        (
            &["orthogonal", "Orthogonal", "OrthogonalInitializer"],
            Initializer::Orthogonal { gain: 1.0, seed: None },
        ),
        (&["identity", "Identity", "IdentityInitializer"], Initializer::Identity { gain: 1.0 }),
    ];
    for (names, value) in names {
        for name in names {
            forms(name).iter().for_each(|arg| assert_eq!(read::<Initializer>(arg), value, "{arg:?}"));
        }
    }
}

#[test]
fn arguments_stand_in_the_order_of_keras() {
    let (int, float) = (Arg::Int, Arg::Float);
    assert_eq!(
        read::<Initializer>(&call("he_normal", &[(Some("seed"), int(1))])),
        Initializer::HeNormal { seed: Some(1) }
    );
    assert_eq!(
        read::<Initializer>(&call("HeNormal", &[(None, int(7))])),
        Initializer::HeNormal { seed: Some(7) }
    );
    assert_eq!(
        read::<Initializer>(&call("RandomNormal", &[(None, float(0.5)), (None, float(0.1)), (None, int(3))])),
        Initializer::RandomNormal { mean: 0.5, stddev: 0.1, seed: Some(3) }
    );
    let words = [
        (None, float(2.0)),
        (None, Arg::Str("fan_out".into())),
        (Some("distribution"), Arg::Str("NORMAL".into())),
        (Some("seed"), Arg::None),
    ];
    assert_eq!(
        read::<Initializer>(&call("VarianceScaling", &words)),
        Initializer::VarianceScaling {
            scale: 2.0,
            mode: FanMode::FanOut,
            distribution: Distribution::TruncatedNormal,
            seed: None,
            input_axes: None,
            output_axes: None,
        }
    );
    let axes = [
        (Some("input_axes"), Arg::List(vec![int(0)])),
        (Some("output_axes"), Arg::List(vec![int(1), int(-1)])),
    ];
    assert_eq!(
        read::<Initializer>(&call("glorot_uniform", &axes)),
        Initializer::VarianceScaling {
            scale: 1.0,
            mode: FanMode::FanAvg,
            distribution: Distribution::Uniform,
            seed: None,
            input_axes: Some(Axes { list: &[0], bare: false }),
            output_axes: Some(Axes { list: &[1, -1], bare: false }),
        }
    );
    let regularizers = [
        ("l1", 0.01, 0.0),
        ("L1", 0.01, 0.0),
        ("l2", 0.0, 0.01),
        ("L2", 0.0, 0.01),
        ("l1_l2", 0.0, 0.0),
        ("L1L2", 0.0, 0.0),
        ("l1l2", 0.0, 0.0),
    ];
    for (name, l1, l2) in regularizers {
        forms(name).iter().for_each(|arg| assert_eq!(read::<Regularizer>(arg), Regularizer::L1L2 { l1, l2 }));
    }
    assert_eq!(
        read::<Regularizer>(&call("l1_l2", &[(Some("l2"), float(0.5)), (Some("l1"), float(0.25))])),
        Regularizer::L1L2 { l1: 0.25, l2: 0.5 }
    );
    for name in ["orthogonal_regularizer", "OrthogonalRegularizer"] {
        let rows = Regularizer::Orthogonal { factor: 0.01, rows: true };
        forms(name).iter().for_each(|arg| assert_eq!(read::<Regularizer>(arg), rows));
    }
    let first = Axes { list: &[0], bare: true };
    let constraints: [(&[&str], Constraint); 4] = [
        (&["max_norm", "MaxNorm"], Constraint::MaxNorm { max_value: 2.0, axis: first }),
        (&["non_neg", "NonNeg"], Constraint::NonNeg),
        (&["unit_norm", "UnitNorm"], Constraint::UnitNorm { axis: first }),
        (
            &["min_max_norm", "MinMaxNorm"],
            Constraint::MinMaxNorm { min_value: 0.0, max_value: 1.0, rate: 1.0, axis: first },
        ),
    ];
    for (names, value) in constraints {
        for name in names {
            forms(name).iter().for_each(|arg| assert_eq!(read::<Constraint>(arg), value, "{arg:?}"));
        }
    }
}

#[test]
fn what_keras_refuses_is_refused_in_words() {
    let told = |arg: &Arg| match Initializer::parse(arg) {
        Ok(_) => panic!("{arg:?} is taken"),
        Err(message) => message,
    };
    assert_eq!(told(&call("he_norml", &[])), "`he_norml` is not an initializer; did you mean `he_normal`?");
    assert_eq!(told(&call("Zeros", &[(None, Arg::Int(1))])), "`Zeros` takes no arguments, found 1");
    let twice = call("he_normal", &[(None, Arg::Int(1)), (Some("seed"), Arg::Int(2))]);
    assert_eq!(told(&twice), "`seed` of `he_normal` is given twice: leave one of them out");
    let negative = call("variance_scaling", &[(None, Arg::Float(-1.0))]);
    assert_eq!(told(&negative), "`scale` of `variance_scaling` is above 0, found -1");
    assert!(Initializer::parse(&Arg::Word("stft".into())).is_ok());
}

#[test]
fn words_are_read_in_any_case_where_keras_does() {
    for word in ["same", "SAME", "Same"] {
        assert_eq!(read::<Padding>(&Arg::Str(word.into())), Padding::Same);
    }
    // Keras has no activation `ReLU` by this name.
    assert!(Activation::parse(&Arg::Str("ReLU".into())).is_err());
}
