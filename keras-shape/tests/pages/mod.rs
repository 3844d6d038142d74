//! The page of each layer (`src/pages.rs`), which is its documentation here and in `keras_core::layers`: written from what the
//! layer declares and from what Keras says of an example (`data/pages.txt`). After a change of either,
//! `UPDATE=1 cargo test -p keras-shape --test layers pages` writes them again.

use std::fmt::Write as _;

use keras_shape::{
    DataFormat, Facts, FillMode, FlipMode, Interpolation, LayerConfig, MaskRule, MergeMode, NamedMask,
    OovMethod, OutputMode, Padding, ScoreMode, SpectralScaling, TakesStrings, TensorSpec,
};

use crate::python::{layer, shape};

/// What Keras says of an example.
struct Example {
    source: String,
    inputs: Vec<(String, String)>,
    outputs: usize,
    output: String,
    count: String,
    weights: Vec<String>,
    is_keras: bool,
}

fn example(class: &str) -> Option<Example> {
    let lines = include_str!("../data/pages.txt").lines();
    let row: Vec<&str> =
        lines.map(|line| line.split(" | ").collect::<Vec<_>>()).find(|row| row[0].trim() == class)?;
    let input = |part: &str| {
        let (shape, dtype) = part.split_once(')').expect(class);
        (shape.trim_start_matches('(').to_string(), dtype.trim().to_string())
    };
    let is_keras = row.last() != Some(&"not asked");
    let weights =
        row.get(5).filter(|_| is_keras).map_or(Vec::new(), |w| w.split(' ').map(String::from).collect());
    let mut outputs = row[3].split(" ; ");
    Some(Example {
        source: row[1].to_string(),
        inputs: row[2].split(" ; ").map(input).collect(),
        outputs: row[3].split(" ; ").count(),
        output: outputs.next().expect(class).to_string(),
        count: row[4].to_string(),
        weights,
        is_keras,
    })
}

/// The source of a layer in Python as it stands in `model!`.
fn rust(source: &str) -> String {
    let mut text = String::new();
    for (i, part) in source.split('\'').enumerate() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        match i % 2 {
            0 => text += &part.replace('=', " = ").replace("True", "true").replace("False", "false"),
            // Words of a vocabulary are strings, those that choose something are names.
            _ if part.chars().all(is_word) && !source.contains("vocabulary") => text += part,
            _ => write!(text, "\"{part}\"").unwrap(),
        }
    }
    text
}

/// The code of an example.
fn code(example: &Example) -> String {
    let source = rust(&example.source);
    let inputs: Vec<String> = example
        .inputs
        .iter()
        .map(|(shape, dtype)| match dtype.as_str() {
            "" => format!("Input({shape})"),
            dtype => format!("Input({shape}, dtype = {dtype})"),
        })
        .collect();
    let mut text = "use keras_core::prelude::*;\n\n".to_string();
    match (&inputs[..], example.outputs) {
        ([input], 1) => writeln!(text, "let model = model!({input} => {source});").unwrap(),
        ([a, b], outputs) => {
            let tail = match outputs {
                1 => format!("[a, b] => {source}"),
                _ => format!("let (x, y) = [a, b] => {source};\n    (x, y)"),
            };
            writeln!(text, "let model = model!(\n    let a = {a};\n    let b = {b};\n    {tail}\n);")
                .unwrap();
        }
        _ => panic!("{source}: an example of another kind"),
    }
    writeln!(text, "assert_eq!(model.output_shape().to_string(), \"{}\");", example.output).unwrap();
    if example.count != "0" {
        writeln!(text, "assert_eq!(model.count_params(), {});", example.count).unwrap();
    }
    text
}

/// The words that may stand for an argument, if they are few, or where they are listed.
fn takes(expects: &str) -> String {
    let words = match expects {
        "an activation" => return "[an activation](crate::vocabulary::activations)".to_string(),
        "an initializer" => return "[an initializer](crate::vocabulary::initializers)".to_string(),
        "a regularizer" => return "[a regularizer](crate::vocabulary::regularizers)".to_string(),
        "a constraint" => return "[a constraint](crate::vocabulary::constraints)".to_string(),
        "a window" => return "[a window](crate::vocabulary::spectral_windows)".to_string(),
        "a mode of a spectrogram" => {
            return "[a mode of a spectrogram](crate::vocabulary::spectrogram_modes)".to_string();
        }
        "a padding" => Padding::NAMES,
        "a data format" => DataFormat::NAMES,
        "a fill mode" => FillMode::NAMES,
        "a flip mode" => FlipMode::NAMES,
        "an interpolation" => Interpolation::NAMES,
        "a merge mode" => MergeMode::NAMES,
        "a method" => OovMethod::NAMES,
        "a score mode" => ScoreMode::NAMES,
        "a scaling" => SpectralScaling::NAMES,
        "an output mode" => OutputMode::NAMES,
        other => return other.to_string(),
    };
    format!("`{}`", words.join("`, `"))
}

fn arguments(config: &LayerConfig, page: &mut String) {
    if config.args().is_empty() {
        *page += "It takes no arguments but those of every layer: `name`, `trainable` and `dtype`.\n";
        return;
    }
    *page += "In Keras's order, in which they may stand without their names:\n\n";
    for (info, (shown, doc)) in config.args().iter().zip(config.arg_docs()) {
        let expects = match info.expects {
            "" => String::new(),
            expects => format!(" Takes {}.", takes(expects)),
        };
        writeln!(page, "- `{shown}`: {}{expects}", doc.trim()).unwrap();
    }
    *page += "\nAs every layer, it takes `name`, `trainable` and `dtype` too.\n";
}

/// The shapes of the inputs, the output and the weights of an example; the latter are those of the layer's rule, too.
fn shapes(class: &str, example: &Example, config: &LayerConfig, page: &mut String) {
    let given: Vec<String> = example.inputs.iter().map(|(shape, _)| format!("(None, {shape})")).collect();
    let inputs: Vec<TensorSpec> = given.iter().map(|given| TensorSpec::float(shape(given))).collect();
    let found = config.weights(&inputs);
    let found: Vec<String> = found
        .as_slice()
        .iter()
        .map(|w| {
            let trained = if w.trainable { "" } else { "*" };
            let shape = w.shape.to_string().replace(",)", ")").replace(", ", ",");
            format!("{}{shape}{trained}", w.path.as_str())
        })
        .collect();
    assert_eq!(found, example.weights, "{class}");
    writeln!(page, "\nIn shape `{}`, out `{}`.", given.join("` and `"), example.output).unwrap();
}

fn weights(example: &Example, page: &mut String) {
    let by = if example.is_keras { "Keras 3.15.1 says the same of it" } else { "Keras has it on a `dict`" };
    if example.weights.is_empty() {
        writeln!(page, "It has no weights in this example. ({by}.)").unwrap();
        return;
    }
    writeln!(page, "Those of the example, {} numbers. ({by}.)\n", example.count).unwrap();
    *page += "| weight | shape | trained |\n|---|---|---|\n";
    for weight in &example.weights {
        let (name, shape) = weight.split_once('(').unwrap();
        let trained = if shape.ends_with('*') { "no" } else { "yes" };
        let shape = shape.trim_end_matches('*').replace(',', ", ");
        writeln!(page, "| `{name}` | `({shape}` | {trained} |").unwrap();
    }
}

fn mask(rule: MaskRule) -> &'static str {
    match rule {
        MaskRule::Pass => "A mask that the input carries is handed on.",
        MaskRule::PassAll => {
            "What the masks of all inputs make together is handed on; one input without a mask ends it."
        }
        MaskRule::PassAny => {
            "What the masks of the inputs make together is handed on, if one of them carries one."
        }
        MaskRule::UseAndPass => "A mask that the input carries is computed with and handed on.",
        MaskRule::Use => {
            "A mask that the input carries is computed with, and ends here: the output needs none."
        }
        MaskRule::Drop => {
            "It does not know of masks: one that the input carries ends here, which is a compile error where something \
             behind it needs that mask."
        }
        MaskRule::Make => "It makes a mask, which the layers behind it see.",
    }
}

fn named(mask: NamedMask) -> Option<&'static str> {
    Some(match mask {
        NamedMask::None => return None,
        NamedMask::Steps | NamedMask::StepsAt(_) => "`mask = m` gives one by name, `(batch, time)`.",
        NamedMask::StepsAndMore => {
            "`mask = m` gives one by name, `(batch, time)`, perhaps with axes behind, which are those of the layer inside."
        }
        NamedMask::AllButLast => "`mask = m` gives one by name, of all axes but the last.",
        NamedMask::Elements => "`mask = m` gives one by name, of the numbers themselves.",
        NamedMask::List => {
            "`mask = [query_mask, value_mask]` gives them by name, each of all axes but the last."
        }
        NamedMask::Each => {
            "`query_mask = m`, `value_mask = m`, `key_mask = m` and `attention_mask = m` give them by name."
        }
    })
}

/// What else the layer declares.
fn more(facts: &Facts, page: &mut String) {
    let strings = match facts.strings {
        TakesStrings::No => None,
        TakesStrings::Too => Some("It takes strings too: `Input(..., dtype = string)`."),
        TakesStrings::Moves => {
            Some("Strings, of `Input(..., dtype = string)`, it hands on to layers that make numbers of them.")
        }
        TakesStrings::Only => Some("It takes nothing but strings: `Input(..., dtype = string)`."),
    };
    let told = [
        (facts.takes_ids, "Its inputs are ids: integers come to it as they are, whatever their size."),
        (facts.uses_batch, "While it trains, what it gives for a sample depends on the others of the batch."),
        (facts.over_steps.is_some(), "`initial_state = [...]` gives the states to begin with."),
        (
            facts.wraps.is_some(),
            "It wraps a layer, and that may be a bound one, a block, a model or one of your own.",
        ),
    ];
    let told = told.into_iter().filter_map(|(holds, words)| holds.then_some(words)).chain(strings);
    told.for_each(|words| writeln!(page, "\n{words}").unwrap());
}

/// The page of a layer behind what its file says first.
fn page(class: &str, aliases: &[&str]) -> String {
    let config = LayerConfig::default_of(class).unwrap();
    let mut page = String::new();
    if !aliases.is_empty() {
        writeln!(page, "Keras calls it `{}` too.\n", aliases.join("` and `")).unwrap();
    }
    page += "# Arguments\n\n";
    arguments(&config, &mut page);
    let Some(example) = example(class) else {
        assert!(config.is_operation(), "{class}: add an example to tests/data/pages.txt");
        return page;
    };
    let config = layer(&example.source).unwrap_or_else(|error| panic!("{class}: {error}"));
    write!(page, "\n# Example\n\n```\n{}```\n", code(&example)).unwrap();
    shapes(class, &example, &config, &mut page);
    page += "\n# Weights\n\n";
    weights(&example, &mut page);
    page += "\n# Masks\n\n";
    if config.row() != class {
        page += "`RNN` goes over the steps with it, and sees to masks and states.\n";
        return page;
    }
    let facts = config.facts();
    writeln!(page, "{}", mask(config.mask_rule())).unwrap();
    if let Some(words) = named(facts.named_mask) {
        writeln!(page, "\n{words}").unwrap();
    }
    more(&facts, &mut page);
    page
}

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        const LAYERS: &[(&str, &[&str])] = &[$((stringify!($class), &[$(stringify!($alias)),*])),*];
    };
}
keras_shape::for_each_layer!(table);

/// The head of the file of pages.
const HEAD: &str =
    "//! The page of each layer: what its documentation says behind the first words. Written by
//! `UPDATE=1 cargo test -p keras-shape --test layers pages`, from what layers declare.

/// The page of a layer, as text.
#[doc(hidden)]
#[macro_export]
macro_rules! page {
";

/// All pages, as a macro: editors read what a macro of this crate gives, and no other files.
fn source() -> String {
    let mut text = HEAD.to_string();
    for (class, aliases) in LAYERS {
        let page = page(class, aliases);
        assert!(!page.contains("\"#"), "{class}");
        write!(text, "    ({class}) => {{\n        r#\"{page}\"#\n    }};\n").unwrap();
    }
    // A layer that is new compiles before its page is written.
    text += "    ($new:ident) => {\n        \"\"\n    };\n}\n";
    text
}

#[test]
fn pages_say_what_layers_declare() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages.rs");
    let source = source();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &source).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(source.lines()).find(|(found, wanted)| found != wanted);
    assert!(
        found == source,
        "`UPDATE=1 cargo test -p keras-shape --test layers pages` writes what layers declare now: {differs:?}"
    );
}
