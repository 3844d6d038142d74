//! The tables of arguments in the documentation of losses, optimisers and schedules are Keras's
//! (`keras-core/tests/data/arguments.py`), and what is made with `new` has these values.

use keras_core::prelude::*;
use keras_core::training::config::{Config, Setting};
use keras_core::training::optimizers::schedules::Schedule;

/// A value as the tables have it.
fn shown(setting: &Setting) -> String {
    match setting {
        Setting::None => "None".to_string(),
        Setting::Flag(flag) => flag.to_string(),
        Setting::Whole(number) => number.to_string(),
        Setting::Number(number) => number.to_string(),
        Setting::Word(word) => format!("\"{word}\""),
        Setting::List(_) | Setting::Object(_) | Setting::Function(_) => String::new(),
    }
}

fn same(table: &str, setting: &Setting) -> bool {
    let ours = shown(setting);
    let numbers = (table.parse::<f64>(), ours.parse::<f64>());
    table == ours || matches!(numbers, (Ok(a), Ok(b)) if (a - b).abs() <= a.abs() * 1e-12)
}

/// What is wrong with the row of a class.
fn faults(page: &str, config: &Config) -> Vec<String> {
    let head = format!("| [`{}`] | ", config.class);
    let row = page.lines().find_map(|line| line.strip_prefix(&head));
    let Some(row) = row else { return vec![format!("no row of {}", config.class)] };
    let defaults = row.split('`').skip(1).step_by(2).filter_map(|argument| argument.split_once(" = "));
    defaults
        .filter_map(|(name, default)| {
            let found = config.get(name)?;
            (!same(default, found))
                .then(|| format!("{}: `{name}` is {default} in Keras, {} here", config.class, shown(found)))
        })
        .collect()
}

#[test]
fn losses_have_the_defaults_of_keras() {
    let page = include_str!("../../../keras-core/src/training/losses/arguments.md");
    let configs = [
        BinaryCrossentropy::new().config(),
        BinaryFocalCrossentropy::new().config(),
        CategoricalCrossentropy::new().config(),
        CategoricalFocalCrossentropy::new().config(),
        CategoricalGeneralizedCrossEntropy::new().config(),
        Circle::new().config(),
        keras_core::training::losses::CosineSimilarity::new().config(),
        Dice::new().config(),
        Huber::new().config(),
        SparseCategoricalCrossentropy::new().config(),
        Tversky::new().config(),
    ];
    let found: Vec<String> = configs.iter().flatten().flat_map(|config| faults(page, config)).collect();
    assert!(configs.iter().flatten().count() == configs.len() && found.is_empty(), "{found:?}");
}

#[test]
fn schedules_have_the_defaults_of_keras() {
    let page = include_str!("../../../keras-core/src/training/optimizers/schedules/arguments.md");
    let configs = [
        schedules::CosineDecay::new(0.1, 10).config(),
        schedules::CosineDecayRestarts::new(0.1, 10).config(),
        schedules::ExponentialDecay::new(0.1, 10, 0.5).config(),
        schedules::InverseTimeDecay::new(0.1, 10, 0.5).config(),
        schedules::PolynomialDecay::new(0.1, 10).config(),
    ];
    let found: Vec<String> = configs.iter().flatten().flat_map(|config| faults(page, config)).collect();
    assert!(configs.iter().flatten().count() == configs.len() && found.is_empty(), "{found:?}");
}

#[test]
fn other_defaults_are_seen() {
    let config = |delta: f64| Config {
        module: String::new(),
        class: "Huber".into(),
        arguments: vec![("delta".into(), Setting::Number(delta))],
    };
    let page = "| [`Huber`] | `delta = 1.0` |";
    assert!(faults(page, &config(1.0)).is_empty());
    assert_eq!(faults(page, &config(2.0)), ["Huber: `delta` is 1.0 in Keras, 2 here"]);
    assert_eq!(faults("", &config(1.0)), ["no row of Huber"]);
}
