//! Layers that Keras has quantized: their weights are small integers with scales beside them, and what they multiply may be
//! rounded too.

use keras_shape::{QuantizedInputs, WeightSpec, Weights};
use serde_json::{Map, Value};

use crate::error::shown;
use crate::graph::items;

/// How a layer is quantized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantized {
    pub(crate) bits: Bits,
    pub(crate) layout: Layout,
    /// The least and the largest integer to which it rounds what it multiplies, if it does.
    inputs: Option<(i16, i16)>,
}

/// How wide the integers of the weights are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    Eight,
    /// Two of them in each number of the file.
    Four,
}

/// Which numbers of a table have one scale together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Those of a column: `Dense`.
    Columns,
    /// Those of a row: `Embedding`.
    Rows,
    /// Those along the axes that an equation sums over: `EinsumDense`.
    Equation(Terms),
}

/// The letters of an equation: those of the input, of the kernel and of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub input: Vec<char>,
    pub kernel: Vec<char>,
    pub output: Vec<char>,
}

/// What to do with a model that cannot be read.
const BEFORE: &str = "save the model before it is quantized";

/// How a layer of a file is quantized, if it is.
///
/// # Errors
/// It is quantized in a way that is not read here, in a sentence.
pub(crate) fn quantized(class: &str, config: &Map<String, Value>) -> Option<Result<Quantized, String>> {
    let (mode, source) = policy(config.get("dtype")?)?;
    Some(read(class, config, (&mode, &source)))
}

/// How a policy says that a layer is quantized, and the policy that it had before: `int8` and `float32`.
fn policy(dtype: &Value) -> Option<(String, String)> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_string);
    let named = |name: &str| name.split_once("_from_").map(|(mode, from)| (mode.into(), from.into()));
    if let Value::String(name) = dtype {
        return named(name);
    }
    let (class, config) = (dtype.get("class_name")?.as_str()?, dtype.get("config"));
    // A policy says its mode: `QuantizedDTypePolicy`, `Int4DTypePolicy`, `GPTQDTypePolicy` and others do, plain ones do not.
    if let Some(mode) = text(config.and_then(|config| config.get("mode"))) {
        let source = text(config.and_then(|config| config.get("source_name")));
        return Some((mode, source.unwrap_or_else(|| "float32".into())));
    }
    let name = config.and_then(|config| config.get("name")?.as_str());
    let unknown = || class.starts_with("Quantized").then(|| (class.into(), "float32".into()));
    name.and_then(named).or_else(unknown)
}

fn read(class: &str, config: &Map<String, Value>, (mode, source): (&str, &str)) -> Result<Quantized, String> {
    let wrong = |why: &str| Err(format!("it is quantized ({}), {why}: {BEFORE}", shown(mode)));
    // `int4/128`: 128 numbers have a scale together, which the scales say themselves.
    let bits = match mode.split('/').next() {
        Some("int8") => Bits::Eight,
        Some("int4") => Bits::Four,
        _ => return wrong("and of quantized layers those of `int8` and `int4` are read here"),
    };
    let layout = match class {
        "Dense" => Layout::Columns,
        "Embedding" | "ReversibleEmbedding" => Layout::Rows,
        "EinsumDense" => match config.get("equation").and_then(Value::as_str).and_then(terms) {
            Some(terms) => Layout::Equation(terms),
            None => return wrong("with an equation that Keras does not quantize"),
        },
        _ => return wrong(&format!("and Keras quantizes no `{}`", shown(class))),
    };
    if source != "float32" {
        return wrong(&format!(
            "and computes in {}: quantized layers that compute in float32 are read here",
            shown(source)
        ));
    }
    if config.get("lora_rank").and_then(Value::as_f64).is_some_and(|rank| rank > 0.0) {
        return wrong("and has LoRA beside that, which is not read together here");
    }
    let tied = config.get("tie_weights").and_then(Value::as_bool) != Some(false);
    if class == "ReversibleEmbedding" && bits == Bits::Four && !tied {
        return wrong("with tables of its own for both ways, which are not read here");
    }
    // Without a word of Keras before 3.13: `Dense` of 8 bits rounds its inputs, and that of 4 bits does not.
    let rounds = bits == Bits::Eight && class != "Embedding" || class == "ReversibleEmbedding";
    let inputs = match config.get("quantization_config").and_then(|config| config.get("config")) {
        None | Some(Value::Null) => rounds.then_some((-127, 127)),
        Some(says) => match rounding(says.get("activation_quantizer")) {
            Ok(inputs) => inputs,
            Err(why) => return wrong(why),
        },
    };
    // A table that is only looked up multiplies nothing.
    let inputs = inputs.filter(|_| class != "Embedding");
    Ok(Quantized { bits, layout, inputs })
}

/// The integers to which a quantizer of Keras rounds.
fn rounding(quantizer: Option<&Value>) -> Result<Option<(i16, i16)>, &'static str> {
    const OTHER: &str =
        "and rounds what it multiplies by another quantizer than `AbsMaxQuantizer` is without arguments";
    let Some(quantizer) = quantizer.filter(|quantizer| !quantizer.is_null()) else { return Ok(None) };
    let config = quantizer.get("config").ok_or(OTHER)?;
    if quantizer.get("class_name").and_then(Value::as_str) != Some("AbsMaxQuantizer") {
        return Err(OTHER);
    }
    if config.get("epsilon").and_then(Value::as_f64).is_some_and(|epsilon| epsilon != 1e-7) {
        return Err(OTHER);
    }
    let range = config.get("value_range").and_then(items).ok_or(OTHER)?;
    let ends: Vec<i16> =
        range.iter().filter_map(|end| end.as_i64().and_then(|end| i16::try_from(end).ok())).collect();
    match ends[..] {
        [low, high] if (-128..0).contains(&low) && (1..128).contains(&high) => Ok(Some((low, high))),
        _ => Err(OTHER),
    }
}

/// The letters of an equation without `...`, which Keras fails to quantize.
fn terms(equation: &str) -> Option<Terms> {
    let (inputs, output) = equation.split_once("->")?;
    let (input, kernel) = inputs.split_once(',')?;
    let letters = |text: &str| -> Option<Vec<char>> {
        let text = text.trim();
        let all = !text.is_empty() && text.len() <= 26 && text.chars().all(|c| c.is_ascii_alphabetic());
        all.then(|| text.chars().collect())
    };
    Some(Terms { input: letters(input)?, kernel: letters(kernel)?, output: letters(output)? })
}

impl Quantized {
    /// How what it multiplies is rounded, if it is, in a call of this rank; `reverse` of one that goes back from vectors to ids.
    pub fn inputs(&self, rank: usize, reverse: bool) -> Option<QuantizedInputs> {
        let (low, high) = self.inputs?;
        let last = rank.checked_sub(1).filter(|last| *last < 32).map(|last| 1 << last);
        let axes = match &self.layout {
            Layout::Columns => last?,
            Layout::Rows if reverse => last?,
            Layout::Rows => return None,
            Layout::Equation(terms) => {
                let summed = |letter: &char| !terms.output.contains(letter);
                let axes = terms.input.iter().enumerate().filter(|(_, letter)| summed(letter));
                axes.fold(0, |axes, (at, _)| axes | 1 << at)
            }
        };
        Some(QuantizedInputs { low, high, axes })
    }

    /// The weights of a layer as those of a quantized one are: its tables are no more trained, nor held to anything.
    pub fn of_weights(&self, weights: &Weights) -> Weights {
        let of = |spec: &WeightSpec| match is_table(spec.path.as_str()) {
            true => WeightSpec::new(spec.path.as_str(), spec.shape, spec.initializer).frozen(),
            false => *spec,
        };
        weights.as_slice().iter().fold(Weights::NONE, |all, spec| all.with(of(spec)))
    }

    /// What a reader should know.
    pub(crate) fn note(&self) -> String {
        let bits = match self.bits {
            Bits::Eight => "int8",
            Bits::Four => "int4",
        };
        let rounds = match self.inputs {
            Some(_) if self.layout == Layout::Rows => ", and what goes back through it is rounded as there",
            Some(_) => ", and what it multiplies is rounded as there",
            None => "",
        };
        format!(
            "its weights are quantized ({bits}): they are floats of the same values here, which are not trained{rounds}"
        )
    }
}

/// What stands against a quantized layer in a source.
pub(crate) fn unspoken(name: &str) -> String {
    format!(
        "layer `{}` is quantized, for which `model!` has no words: `load_model` reads it, and a model saved before it was \
         quantized can stand as source",
        shown(name)
    )
}

/// Whether a weight of this path is one that is quantized.
pub(crate) fn is_table(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("kernel" | "embeddings" | "reverse_embeddings"))
}
