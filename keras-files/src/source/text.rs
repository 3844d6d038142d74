//! Layers, arguments and arrays as a person would write them.

use keras_shape::{Arg, LayerConfig};

use super::initializers;
use crate::config::Made;
use crate::error::{Error, Result};

/// How deep brackets stand in each other before what is in them is bound to a name.
pub(super) const MOST_DEPTH: usize = 4;

/// How deep the brackets of a text stand in each other.
pub(super) fn depth(text: &str) -> usize {
    let (mut open, mut deepest) = (0usize, 0);
    for letter in text.chars() {
        match letter {
            '[' => open += 1,
            ']' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// So many numbers an array in a source may have.
const MOST_NUMBERS: usize = 20_000;

/// A layer with further arguments.
pub(super) fn with_arguments(layer: String, extra: &[String]) -> String {
    if extra.is_empty() {
        return layer;
    }
    match layer.strip_suffix(')') {
        Some(open) if open.ends_with('(') => format!("{open}{})", extra.join(", ")),
        Some(open) => format!("{open}, {})", extra.join(", ")),
        None => format!("{layer}({})", extra.join(", ")),
    }
}

/// Arguments of which one number stands for every axis.
const PER_AXIS: [&str; 5] = ["kernel_size", "strides", "pool_size", "dilation_rate", "size"];

/// The number that a list consists of, if it is one.
fn one_of_equal(arg: &Arg) -> Arg {
    match arg {
        Arg::List(list) => match list.first() {
            Some(first) if list.iter().all(|other| other == first) => first.clone(),
            _ => arg.clone(),
        },
        other => other.clone(),
    }
}

/// The arguments that are not the defaults; those that are required by position.
pub(super) fn arguments(made: &Made) -> Vec<String> {
    let Some(default) = LayerConfig::default_of(made.config.class()) else { return Vec::new() };
    let table = made.config.args();
    let mut out = Vec::new();
    let mut by_position = true;
    for info in table {
        let Some((_, arg)) = made.args.iter().find(|(name, _)| name == info.name) else {
            by_position = false;
            continue;
        };
        let word = if info.name.ends_with("_initializer") { initializers::word(arg) } else { None };
        let arg = word.as_ref().unwrap_or(arg);
        let mut set = default;
        let same =
            matches!(set.set(info.name, arg), Some(Ok(_))) && format!("{set:?}") == format!("{default:?}");
        if same && !info.required {
            by_position = false;
            continue;
        }
        if info.name == "data_format" && matches!(arg, Arg::Str(format) if format == "channels_last") {
            continue;
        }
        by_position &= info.required;
        let value = match arg {
            _ if PER_AXIS.contains(&info.name) => text(&one_of_equal(arg)),
            // Strings that are no words of Keras.
            Arg::Str(_) if ["mask_token", "oov_token", "mask_value"].contains(&info.name) => quoted(arg),
            _ => text(arg),
        };
        out.push(if by_position { value } else { format!("{} = {value}", info.name) });
    }
    out
}

pub(super) fn text(arg: &Arg) -> String {
    match arg {
        Arg::Int(n) => n.to_string(),
        Arg::Float(x) if x.is_nan() => "f64::NAN".into(),
        Arg::Float(x) if x.is_infinite() => {
            if *x > 0.0 {
                "f64::INFINITY".into()
            } else {
                "f64::NEG_INFINITY".into()
            }
        }
        Arg::Float(x) => format!("{x:?}"),
        Arg::Bool(b) => b.to_string(),
        Arg::Word(word) => word.clone(),
        // A word as Keras has it stands bare.
        Arg::Str(word) if word.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !word.is_empty() => {
            word.clone()
        }
        Arg::Str(word) => format!("{word:?}"),
        Arg::None => "None".into(),
        Arg::List(list) => match list.as_slice() {
            [Arg::Call(..), ..] => format!("[{}]", list.iter().map(text).collect::<Vec<_>>().join(", ")),
            // Of strings in a list none is a word of Keras.
            [one] => format!("({},)", item(one)),
            many => format!("({})", many.iter().map(item).collect::<Vec<_>>().join(", ")),
        },
        Arg::Call(name, args) => {
            let args = args.iter().map(|(key, value)| match key {
                Some(key) if key == "name" => format!("name = {}", quoted(value)),
                Some(key) => format!("{key} = {}", text(value)),
                None => text(value),
            });
            // A layer inside a wrapper says as much as one outside.
            let args: Vec<String> = match LayerConfig::default_of(name) {
                Some(default) => inner_arguments(&default, name, arg).unwrap_or_else(|| args.collect()),
                None => args.filter(|arg| !arg.ends_with("= None")).collect(),
            };
            if args.is_empty() { format!("{name}()") } else { format!("{name}({})", args.join(", ")) }
        }
        Arg::Expr(_) => String::new(),
    }
}

/// An array as lists in lists.
pub(super) fn array(shape: &[Arg], values: &[Arg]) -> Result<String> {
    if values.len() > MOST_NUMBERS {
        return Err(Error::new(format!("an array of {} numbers stands in no source", values.len())));
    }
    let mut all: Vec<String> = values.iter().map(text).collect();
    for axis in shape.iter().rev() {
        let Arg::Int(length) = axis else { return Err(Error::new("an array has no shape")) };
        let length = usize::try_from(*length).ok().filter(|length| *length > 0);
        let length = length.ok_or_else(|| Error::new("an array without numbers stands in no source"))?;
        all = all.chunks(length).map(|chunk| format!("[{}]", chunk.join(", "))).collect();
    }
    Ok(all.concat())
}

/// A place of an index, as Python writes it.
pub(super) fn index(place: &Arg) -> String {
    match place {
        Arg::Call(_, bounds) => {
            let bound = |at: usize| match bounds.get(at) {
                None | Some((_, Arg::None)) => String::new(),
                Some((_, bound)) => text(bound),
            };
            let step = bound(2);
            let step = if step.is_empty() || step == "1" { String::new() } else { format!(":{step}") };
            format!("{}:{}{step}", bound(0), bound(1))
        }
        Arg::Word(_) => "...".into(),
        other => text(other),
    }
}

fn item(arg: &Arg) -> String {
    if let Arg::Str(_) = arg { quoted(arg) } else { text(arg) }
}

pub(super) fn quoted(arg: &Arg) -> String {
    match arg {
        Arg::Str(word) | Arg::Word(word) => format!("{word:?}"),
        other => text(other),
    }
}

/// The arguments of a layer inside a wrapper.
fn inner_arguments(default: &LayerConfig, _: &str, arg: &Arg) -> Option<Vec<String>> {
    let Arg::Call(_, given) = arg else { return None };
    let mut config = *default;
    let mut args = Vec::new();
    for (key, value) in given {
        let key = key.clone()?;
        if key != "name" {
            config.set(&key, value)?.ok()?;
            args.push((key, value.clone()));
        }
    }
    let made = Made { config, args, trainable: true, notes: Vec::new(), stored: Default::default() };
    Some(arguments(&made))
}
