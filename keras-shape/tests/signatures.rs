//! The arguments of every layer are those of Keras's class, in its order (`data/signatures.txt`, written by
//! `data/signatures.py`).

use keras_shape::{Arg, Build, LayerConfig};

/// Keras's arguments of a class, each with whether it has to be given.
fn of_keras(class: &str) -> Vec<(&'static str, bool)> {
    let lines = include_str!("data/signatures.txt").lines().filter_map(|line| line.split_once(':'));
    let own = |name: &str| LayerConfig::default_of(name).is_some_and(|config| config.class() == class);
    let (_, arguments) = lines.into_iter().find(|(name, _)| own(name)).unwrap_or_else(|| panic!("{class}"));
    let words = arguments.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| (word.trim_end_matches('!'), word.ends_with('!'))).collect()
}

/// What is refused with the reason.
const REFUSED: &[&str] = &["quantization_config", "gptq_unpacked_column_size"];

#[test]
fn arguments_are_those_of_keras() {
    let mut wrong = Vec::new();
    for class in LayerConfig::CLASSES {
        let config = LayerConfig::default_of(class).unwrap();
        if config.is_operation() {
            continue;
        }
        let ours: Vec<(&str, bool)> = config.args().iter().map(|info| (info.name, info.required)).collect();
        let keras = of_keras(class);
        let known = |name: &str| ours.iter().any(|(own, _)| *own == name);
        for (name, _) in keras.iter().filter(|(name, _)| !known(name)) {
            // What is not computed is refused with the reason, and `None` is taken.
            let set = |arg: Arg| Build::new(config).set(Some(name), &arg);
            let message = set(Arg::Int(4)).unwrap_err();
            if !REFUSED.contains(name)
                || !message.contains("is not computed here: ")
                || set(Arg::None).is_err()
            {
                wrong.push(format!("{class}: no `{name}`"));
            }
        }
        let theirs: Vec<(&str, bool)> = keras.iter().copied().filter(|(name, _)| known(name)).collect();
        let own: Vec<(&str, bool)> =
            ours.iter().copied().filter(|(name, _)| keras.iter().any(|(k, _)| k == name)).collect();
        if own != theirs {
            wrong.push(format!("{class}: {own:?}, Keras {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dtypes_that_are_not_computed_are_refused_with_the_reason() {
    for class in LayerConfig::CLASSES {
        let set = |arg: Arg| Build::new(LayerConfig::default_of(class).unwrap()).set(Some("dtype"), &arg);
        assert!(set(Arg::Str("float32".into())).is_ok() && set(Arg::None).is_ok(), "{class}");
        for word in ["float16", "bfloat16", "float64", "int4/None_from_float32"] {
            let message = set(Arg::Str(word.into())).unwrap_err();
            assert!(message.contains(word) && message.contains("float32"), "{class}: {message}");
        }
        for word in ["mixed_float16", "mixed_bfloat16"] {
            // Those alone that take other layers may not take them, and say why.
            if let Err(message) = set(Arg::Str(word.into())) {
                let takes_layers = !LayerConfig::default_of(class).unwrap().wrapped().is_empty();
                assert!(takes_layers && message.contains("in float32"), "{class}: {message}");
            }
        }
    }
}
