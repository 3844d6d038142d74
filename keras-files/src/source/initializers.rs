//! Initialisers by the words that Keras has for them.

use keras_shape::vocabulary::initializers as words;
use keras_shape::{Arg, ArgType, Distribution, FanMode, Initializer};

const WORDS: [(&str, Initializer); 14] = [
    ("zeros", words::zeros),
    ("ones", words::ones),
    ("constant", words::constant),
    ("random_normal", words::random_normal),
    ("random_uniform", words::random_uniform),
    ("truncated_normal", words::truncated_normal),
    ("glorot_uniform", words::glorot_uniform),
    ("glorot_normal", words::glorot_normal),
    ("he_uniform", words::he_uniform),
    ("he_normal", words::he_normal),
    ("lecun_uniform", words::lecun_uniform),
    ("lecun_normal", words::lecun_normal),
    ("orthogonal", words::orthogonal),
    ("identity", words::identity),
];

/// What six of the words mean, as Keras 2 wrote them: scale, mode and distribution of `VarianceScaling`.
const SCALED: [(f64, FanMode, Distribution, &str); 6] = [
    (1.0, FanMode::FanAvg, Distribution::Uniform, "glorot_uniform"),
    (1.0, FanMode::FanAvg, Distribution::TruncatedNormal, "glorot_normal"),
    (2.0, FanMode::FanIn, Distribution::Uniform, "he_uniform"),
    (2.0, FanMode::FanIn, Distribution::TruncatedNormal, "he_normal"),
    (1.0, FanMode::FanIn, Distribution::Uniform, "lecun_uniform"),
    (1.0, FanMode::FanIn, Distribution::TruncatedNormal, "lecun_normal"),
];

/// The word for an initialiser; nothing where its arguments are its own.
pub(super) fn word(arg: &Arg) -> Option<Arg> {
    let value = Initializer::parse(arg).ok()?.value;
    let named = match value {
        Initializer::VarianceScaling {
            scale,
            mode,
            distribution,
            seed: None,
            input_axes: None,
            output_axes: None,
        } => SCALED.iter().find(|known| (known.0, known.1, known.2) == (scale, mode, distribution))?.3,
        _ => WORDS.iter().find(|(_, known)| *known == value)?.0,
    };
    Some(Arg::Word(named.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(class: &str, args: &[(&str, Arg)]) -> Arg {
        Arg::Call(
            class.to_string(),
            args.iter().map(|(key, arg)| (Some(key.to_string()), arg.clone())).collect(),
        )
    }

    #[test]
    fn words_stand_for_classes_with_their_defaults() {
        let spelled = |arg: &Arg| match word(arg) {
            Some(Arg::Word(word)) => word,
            other => format!("{other:?}"),
        };
        assert_eq!(spelled(&call("HeNormal", &[("seed", Arg::None)])), "he_normal");
        assert_eq!(spelled(&call("Zeros", &[])), "zeros");
        let scaling = |scale, mode: &str, distribution: &str| {
            let (mode, distribution) = (Arg::Str(mode.into()), Arg::Str(distribution.into()));
            call("VarianceScaling", &[("scale", scale), ("mode", mode), ("distribution", distribution)])
        };
        assert_eq!(spelled(&scaling(Arg::Float(1.0), "fan_avg", "uniform")), "glorot_uniform");
        assert_eq!(spelled(&scaling(Arg::Int(2), "fan_in", "normal")), "he_normal");
        assert_eq!(spelled(&scaling(Arg::Float(0.5), "fan_in", "normal")), "None");
        assert_eq!(spelled(&call("HeNormal", &[("seed", Arg::Int(3))])), "None");
        assert_eq!(spelled(&call("RandomNormal", &[("stddev", Arg::Float(0.1))])), "None");
    }
}
