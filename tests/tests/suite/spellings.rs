//! Every spelling that Keras has for an initialiser, a regulariser, a constraint or an activation is the same value, and
//! writes the same code.

use keras_shape::{Activation, Arg, ArgType, Code, Constraint, Initializer, Regularizer};
use proptest::prelude::*;

/// An argument of a call.
type Named = (Option<String>, Arg);

/// `HeNormal` for `he_normal`; what has another class name than that says it.
fn class(snake: &str) -> String {
    if snake == "l1_l2" {
        return "L1L2".into();
    }
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    snake.split('_').map(capital).collect()
}

/// What an argument takes: a number from 0.5 on, a whole number, or a word of these.
#[derive(Clone, Copy)]
enum Takes {
    Number,
    Seed,
    Axis,
    Words(&'static [&'static str]),
}

const SEED: (&str, Takes) = ("seed", Takes::Seed);

/// Names with the arguments of each, in Keras's order.
const INITIALIZERS: &[(&str, &[(&str, Takes)])] = &[
    ("zeros", &[]),
    ("ones", &[]),
    ("constant", &[("value", Takes::Number)]),
    ("random_normal", &[("mean", Takes::Number), ("stddev", Takes::Number), SEED]),
    ("random_uniform", &[("minval", Takes::Number), ("maxval", Takes::Number), SEED]),
    ("truncated_normal", &[("mean", Takes::Number), ("stddev", Takes::Number), SEED]),
    (
        "variance_scaling",
        &[
            ("scale", Takes::Number),
            ("mode", Takes::Words(&["fan_in", "fan_out", "fan_avg"])),
            ("distribution", Takes::Words(&["truncated_normal", "untruncated_normal", "uniform"])),
            SEED,
        ],
    ),
    ("glorot_uniform", &[SEED]),
    ("glorot_normal", &[SEED]),
    ("he_uniform", &[SEED]),
    ("he_normal", &[SEED]),
    ("lecun_uniform", &[SEED]),
    ("lecun_normal", &[SEED]),
    ("orthogonal", &[("gain", Takes::Number), SEED]),
    ("identity", &[("gain", Takes::Number)]),
];
const REGULARIZERS: &[(&str, &[(&str, Takes)])] = &[
    ("l1", &[("l1", Takes::Number)]),
    ("l2", &[("l2", Takes::Number)]),
    ("l1_l2", &[("l1", Takes::Number), ("l2", Takes::Number)]),
    ("orthogonal_regularizer", &[("factor", Takes::Number), ("mode", Takes::Words(&["rows", "columns"]))]),
];
const CONSTRAINTS: &[(&str, &[(&str, Takes)])] = &[
    ("max_norm", &[("max_value", Takes::Number), ("axis", Takes::Axis)]),
    ("non_neg", &[]),
    ("unit_norm", &[("axis", Takes::Axis)]),
    (
        "min_max_norm",
        &[
            ("min_value", Takes::Number),
            ("max_value", Takes::Number),
            ("rate", Takes::Number),
            ("axis", Takes::Axis),
        ],
    ),
];
const ACTIVATIONS: &[&str] = &[
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "swish",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "softplus",
    "softsign",
    "mish",
    "exponential",
    "linear",
    "celu",
    "glu",
    "hard_tanh",
];

/// The value of an argument, from random bits; a word stands bare or in quotes.
fn value(takes: Takes, bits: u32, quoted: bool) -> Arg {
    match takes {
        Takes::Number => Arg::Float(0.5 + f64::from(bits % 1000) / 8.0),
        Takes::Seed => Arg::Int(i128::from(bits)),
        Takes::Axis => Arg::Int(i128::from(bits % 3)),
        Takes::Words(words) => {
            let word = words[bits as usize % words.len()].to_string();
            if quoted { Arg::Str(word) } else { Arg::Word(word) }
        }
    }
}

/// Value and code of a spelling, or what is wrong with it.
fn read<T: ArgType + std::fmt::Debug>(arg: &Arg) -> (String, Code) {
    match T::parse(arg) {
        Ok(parsed) => (format!("{:?}", parsed.value), parsed.code),
        Err(message) => panic!("{arg:?}: {message}"),
    }
}

/// All spellings of a name with so many of its arguments: by position, by name in any order, or some of each.
fn agree<T: ArgType + std::fmt::Debug>(
    (name, takes): (&str, &[(&str, Takes)]),
    bits: &[u32],
) -> Result<(), TestCaseError> {
    let count = bits[0] as usize % (takes.len() + 1);
    let list = |by_position: usize, quoted: bool, turn: usize| -> Vec<Named> {
        let mut list: Vec<Named> = takes[..count]
            .iter()
            .enumerate()
            .map(|(i, (name, takes))| {
                let own = if i < by_position { None } else { Some((*name).to_string()) };
                (own, value(*takes, bits[1 + i], quoted))
            })
            .collect();
        let named = by_position.min(count);
        if count > named {
            list[named..].rotate_left(turn % (count - named));
        }
        list
    };
    let wanted = read::<T>(&Arg::Call(name.to_string(), list(count, false, 0)));
    for called in [name.to_string(), class(name)] {
        for by_position in 0..=count {
            for (quoted, turn) in [(false, 0), (true, 1), (true, 2)] {
                let found = read::<T>(&Arg::Call(called.clone(), list(by_position, quoted, turn)));
                prop_assert_eq!(&found, &wanted, "{} by position: {}", called, by_position);
            }
        }
        if count == 0 {
            for bare in [Arg::Word(called.clone()), Arg::Str(called.clone())] {
                prop_assert_eq!(&read::<T>(&bare), &wanted, "{:?}", bare);
            }
        }
    }
    // An argument too many, or one twice, is refused with a sentence.
    let mut more = list(0, false, 0);
    more.push((Some("no_such_argument".into()), Arg::Int(1)));
    let mut twice = list(0, false, 0);
    twice.extend(list(0, false, 0).pop());
    for wrong in [Some(more), (count > 0).then_some(twice)].into_iter().flatten() {
        prop_assert!(T::parse(&Arg::Call(name.to_string(), wrong)).is_err());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn initializers(which in 0..INITIALIZERS.len(), bits in proptest::collection::vec(any::<u32>(), 6)) {
        agree::<Initializer>(INITIALIZERS[which], &bits)?;
    }

    #[test]
    fn regularizers(which in 0..REGULARIZERS.len(), bits in proptest::collection::vec(any::<u32>(), 6)) {
        agree::<Regularizer>(REGULARIZERS[which], &bits)?;
    }

    #[test]
    fn constraints(which in 0..CONSTRAINTS.len(), bits in proptest::collection::vec(any::<u32>(), 6)) {
        agree::<Constraint>(CONSTRAINTS[which], &bits)?;
    }

    #[test]
    fn activations(which in 0..ACTIVATIONS.len()) {
        let name = ACTIVATIONS[which].to_string();
        let wanted = read::<Activation>(&Arg::Word(name.clone()));
        prop_assert_eq!(read::<Activation>(&Arg::Str(name)), wanted);
    }

    /// Words that are no names: an error in words, never a panic.
    #[test]
    fn other_words(word in "[A-Za-z_0-9é]{0,12}") {
        for arg in [Arg::Word(word.clone()), Arg::Str(word.clone()), Arg::Call(word.clone(), Vec::new())] {
            let _ = (Initializer::parse(&arg).is_ok(), Regularizer::parse(&arg).is_ok(), Constraint::parse(&arg).is_ok());
            let _ = Activation::parse(&arg).is_ok();
        }
    }
}
