//! The arguments of layers as Keras 3 writes them.

use core::any::Any;

use keras_shape::layers::{CellArg, CellsArg};
use keras_shape::{
    Activation, Axes, Clipping, Constraint, DataFormat, Equation, Extent, Extents, Factor, FillMode,
    FlipMode, Ignored, Initializer, Inner, Integers, Interpolation, Ints, LayerConfig, Letters, MergeMode,
    Ngrams, Numbers, OnlyFloat32, OnlyInt64, OnlyNone, OnlyUtf8, OovMethod, OutputMode, Padding,
    PartialShape, Regularizer, ScoreMode, Sides, Size, Sizes, SpectralScaling, SpectralWindow,
    SpectrogramMode, Split, Standardize, Token, ValueRange, Vocabulary, Word,
};
use serde_json::{Map, Value, json};

use super::save::hard_sigmoid;

/// Arguments that change no number, and are none of what a file says.
const LEFT_OUT: [&str; 5] = ["use_cudnn", "implementation", "unroll", "weights", "flash_attention"];

/// What is an argument of a call in Keras.
pub(super) const OF_CALLS: [&str; 3] = ["return_attention_scores", "reverse", "use_causal_mask"];

/// A layer of Keras as an object: its class and its arguments.
///
/// # Errors
/// What Keras 3 cannot say, in a sentence.
pub(super) fn layer(name: &str, config: &LayerConfig, trainable: bool) -> Result<Value, String> {
    Ok(object("keras.layers", config.class(), Value::Object(arguments(name, config, trainable)?)))
}

/// An object of Keras.
pub(super) fn object(module: &str, class: &str, config: Value) -> Value {
    // The one class that `keras.layers` has under another name than its own.
    let class = if class == "GroupedQueryAttention" { "GroupQueryAttention" } else { class };
    json!({ "module": module, "class_name": class, "config": config, "registered_name": null })
}

fn arguments(name: &str, config: &LayerConfig, trainable: bool) -> Result<Map<String, Value>, String> {
    let mut map = Map::new();
    map.insert("name".into(), json!(name));
    // The classes whose constructors do not take it.
    if !config.class().starts_with("SpatialDropout") && config.class() != "Discretization" {
        map.insert("trainable".into(), json!(trainable));
    }
    map.insert("dtype".into(), json!(if gives_integers(config)? { "int64" } else { "float32" }));
    hard_sigmoid::check_inside(config)?;
    let default = LayerConfig::default_of(config.class());
    for (at, (key, value)) in config.values().into_iter().enumerate() {
        if LEFT_OUT.contains(&key) || OF_CALLS.contains(&key) {
            continue;
        }
        let value = match value.downcast_ref() {
            Some(Activation::HardSigmoidKeras2) => {
                hard_sigmoid::check(config, key)?;
                Some(json!(Activation::HardSigmoid.name()))
            }
            _ => argument(value)?,
        };
        let value = value.ok_or_else(|| format!("the argument `{key}` cannot be written"))?;
        // One for all is a number: Keras takes no list where `axis = None`.
        let value = match value.as_array().map(Vec::as_slice) {
            Some([one]) if matches!(key, "mean" | "variance" | "offset" | "scale") => one.clone(),
            _ => value,
        };
        // What an argument is by default Keras knows, and some of its layers do not take it; a few it looks for itself.
        let required = config.args().iter().any(|info| info.name == key && info.required)
            || ["standardize", "split", "ngrams", "offset"].contains(&key);
        let by_default = default.as_ref().and_then(|default| argument(default.values()[at].1).ok().flatten());
        if required || by_default.as_ref() != Some(&value) {
            map.insert(key.into(), value);
        }
    }
    Ok(map)
}

/// Whether a layer gives places of categories as they are, for which Keras takes a type of integers alone. One with a vocabulary
/// has the type of that.
fn gives_integers(config: &LayerConfig) -> Result<bool, String> {
    let values = config.values();
    let Some((_, mode)) = values.iter().find(|(key, _)| *key == "output_mode") else { return Ok(false) };
    let has_vocabulary = values.iter().any(|(key, _)| *key == "vocabulary");
    Ok(!has_vocabulary && argument(*mode)? == Some(json!("int")))
}

/// The arguments of an operation that is a layer here: all of them are values. What Keras's `Layer` takes operations do not.
pub(super) fn values(config: &LayerConfig) -> Map<String, Value> {
    let value = |value| argument(value).ok().flatten();
    let own = config.values().into_iter().filter(|(key, _)| *key != "activity_regularizer");
    own.filter_map(|(key, of)| Some((key.to_string(), value(of)?))).collect()
}

/// A value of an argument; nothing if it is of a type that nobody writes.
fn argument(value: &dyn Any) -> Result<Option<Value>, String> {
    if let Some(value) = optional(value)? {
        return Ok(Some(value));
    }
    if let Some(inner) = value.downcast_ref::<Inner>() {
        return inner_layer(inner).map(Some);
    }
    if let Some(inner) = value.downcast_ref::<Option<Inner>>() {
        return inner.as_ref().map_or(Ok(Value::Null), inner_layer).map(Some);
    }
    if let Some(CellArg(inner)) = value.downcast_ref::<CellArg>() {
        return inner_layer(inner).map(Some);
    }
    if let Some(CellsArg(cells)) = value.downcast_ref::<CellsArg>() {
        let cell = |(i, cell): (usize, &Inner)| layer(&CellsArg(cells).name(i), cell.config, cell.trainable);
        let list = cells.iter().enumerate().map(cell).collect::<Result<Vec<Value>, String>>();
        return list.map(|list| Some(list.into()));
    }
    if let Some(activation) = value.downcast_ref::<Activation>() {
        return match activation {
            Activation::Layer(inner) => inner_layer(inner).map(Some),
            function => Ok(Some(json!(function.name()))),
        };
    }
    Ok(object_of(value).or_else(|| list(value)))
}

/// Numbers, words and truth values, and options of them.
fn optional(value: &dyn Any) -> Result<Option<Value>, String> {
    if value.downcast_ref() == Some(&Interpolation::BilinearKeras2) {
        return Err("Keras 3 has no `bilinear` as Keras had it until 2.3".into());
    }
    macro_rules! plain {
        ($($ty:ty => |$x:ident| $json:expr;)*) => { $(
            if let Some($x) = value.downcast_ref::<$ty>() {
                return Ok(Some($json));
            }
            if let Some(option) = value.downcast_ref::<Option<$ty>>() {
                return Ok(Some(option.as_ref().map_or(Value::Null, |$x| $json)));
            }
        )* };
    }
    plain! {
        bool => |x| json!(x);
        f64 => |x| json!(x);
        u64 => |x| json!(x);
        isize => |x| json!(x);
        Size => |x| size(x);
        Sizes => |x| Value::Array(x.0.iter().map(size).collect());
        Axes => |x| axes(x);
        Extents => |x| Value::Array(x.0.iter().map(extent).collect());
        Padding => |x| json!(x.name());
        DataFormat => |x| json!(x.name());
        Interpolation => |x| json!(x.name());
        ScoreMode => |x| json!(x.name());
        MergeMode => |x| json!(x.name());
        SpectralScaling => |x| json!(x.name());
        SpectralWindow => |x| json!(x.name());
        SpectrogramMode => |x| json!(x.name());
        FillMode => |x| json!(x.name());
        FlipMode => |x| json!(x.name());
        OutputMode => |x| json!(x.name());
        OovMethod => |x| json!(x.name());
        Factor => |x| if x.pair { json!(x.numbers) } else { json!(x.numbers[0]) };
        ValueRange => |x| json!(x.0);
        Integers => |x| json!(x.0);
        Numbers => |x| json!(x.0);
        PartialShape => |x| Value::Array(x.0.iter().map(extent).collect());
        Equation => |x| json!(x.0);
        Letters => |x| json!(x.0);
        OnlyNone => |_x| Value::Null;
        OnlyFloat32 => |_x| json!("float32");
        OnlyInt64 => |_x| json!("int64");
        OnlyUtf8 => |_x| json!("utf-8");
        Standardize => |x| json!(x.name());
        Split => |x| json!(x.name());
        Word => |x| json!(x.0);
        Vocabulary => |x| json!(x.0);
        Ngrams => |x| json!(x.0);
        Token => |x| match x {
            Token::Integer(n) => json!(n),
            Token::Text(text) => json!(text),
        };
        Ignored => |_x| Value::Null;
    }
    Ok(None)
}

fn size(size: &Size) -> Value {
    size.known().map_or(Value::Null, |n| json!(n))
}

pub(super) fn axes(axes: &Axes) -> Value {
    match (axes.bare, axes.list) {
        (true, [one]) => json!(one),
        (_, list) => json!(list),
    }
}

fn extent(extent: &Extent) -> Value {
    match extent {
        Extent::Size(n) => size(n),
        Extent::Rest => json!(-1),
        Extent::Free => Value::Null,
    }
}

fn list(value: &dyn Any) -> Option<Value> {
    macro_rules! lists {
        ($($n:literal)*) => { $(
            if let Some(Ints(sizes)) = value.downcast_ref::<Ints<$n>>() {
                return Some(Value::Array(sizes.iter().map(size).collect()));
            }
            if let Some(option) = value.downcast_ref::<Option<Ints<$n>>>() {
                return Some(option.as_ref().map_or(Value::Null, |Ints(sizes)| sizes.iter().map(size).collect()));
            }
            if let Some(Sides(sides)) = value.downcast_ref::<Sides<$n>>() {
                let side = |Ints(pair): &Ints<2>| Value::Array(pair.iter().map(size).collect());
                // Of one axis it is one pair.
                return Some(if $n == 1 { side(&sides[0]) } else { sides.iter().map(side).collect() });
            }
        )* };
    }
    lists!(1 2 3);
    let numbers = value.downcast_ref::<Numbers>()?;
    Some(match numbers.0 {
        [one] => json!(one),
        many => json!(many),
    })
}

/// Initializers, regularizers and constraints.
fn object_of(value: &dyn Any) -> Option<Value> {
    if let Some(initializer) = value.downcast_ref::<Initializer>() {
        let (class, config) = initializer_of(initializer);
        return Some(object("keras.initializers", class, config));
    }
    if let Some(regularizer) = value.downcast_ref::<Regularizer>() {
        return Some(match regularizer {
            Regularizer::None => Value::Null,
            Regularizer::L1L2 { l1, l2 } => {
                object("keras.regularizers", "L1L2", json!({ "l1": l1, "l2": l2 }))
            }
            Regularizer::Orthogonal { factor, rows } => {
                let mode = if *rows { "rows" } else { "columns" };
                object(
                    "keras.regularizers",
                    "OrthogonalRegularizer",
                    json!({ "factor": factor, "mode": mode }),
                )
            }
        });
    }
    if let Some(constraint) = value.downcast_ref::<Constraint>() {
        let of = |class, config| object("keras.constraints", class, config);
        return Some(match constraint {
            Constraint::None => Value::Null,
            Constraint::NonNeg => of("NonNeg", json!({})),
            Constraint::UnitNorm { axis } => of("UnitNorm", json!({ "axis": axes(axis) })),
            Constraint::MaxNorm { max_value, axis } => {
                of("MaxNorm", json!({ "max_value": max_value, "axis": axes(axis) }))
            }
            Constraint::MinMaxNorm { min_value, max_value, rate, axis } => of(
                "MinMaxNorm",
                json!({ "min_value": min_value, "max_value": max_value, "rate": rate, "axis": axes(axis) }),
            ),
        });
    }
    let Clipping { rmax, rmin, dmax } = value.downcast_ref::<Clipping>()?;
    if rmax.is_none() && rmin.is_none() && dmax.is_none() {
        return Some(Value::Null);
    }
    let given = [("rmax", rmax), ("rmin", rmin), ("dmax", dmax)];
    let given = given.into_iter().filter_map(|(key, x)| Some((key.to_string(), json!((*x)?))));
    Some(Value::Object(given.collect()))
}

fn initializer_of(initializer: &Initializer) -> (&'static str, Value) {
    match initializer {
        Initializer::Zeros => ("Zeros", json!({})),
        Initializer::Ones => ("Ones", json!({})),
        Initializer::Constant(value) => ("Constant", json!({ "value": value })),
        Initializer::RandomNormal { mean, stddev, seed } => {
            ("RandomNormal", json!({ "mean": mean, "stddev": stddev, "seed": seed }))
        }
        Initializer::RandomUniform { minval, maxval, seed } => {
            ("RandomUniform", json!({ "minval": minval, "maxval": maxval, "seed": seed }))
        }
        Initializer::TruncatedNormal { mean, stddev, seed } => {
            ("TruncatedNormal", json!({ "mean": mean, "stddev": stddev, "seed": seed }))
        }
        Initializer::VarianceScaling { scale, mode, distribution, seed, input_axes, output_axes } => {
            let (mode, distribution) = (mode.name(), distribution.name());
            let (input, output) = (input_axes.as_ref().map(axes), output_axes.as_ref().map(axes));
            let config = json!({
                "scale": scale, "mode": mode, "distribution": distribution, "seed": seed, "input_axes": input,
                "output_axes": output,
            });
            ("VarianceScaling", config)
        }
        Initializer::GlorotUniform { seed } => ("GlorotUniform", json!({ "seed": seed })),
        Initializer::GlorotNormal { seed } => ("GlorotNormal", json!({ "seed": seed })),
        Initializer::HeUniform { seed } => ("HeUniform", json!({ "seed": seed })),
        Initializer::HeNormal { seed } => ("HeNormal", json!({ "seed": seed })),
        Initializer::LecunUniform { seed } => ("LecunUniform", json!({ "seed": seed })),
        Initializer::LecunNormal { seed } => ("LecunNormal", json!({ "seed": seed })),
        Initializer::Orthogonal { gain, seed } => ("Orthogonal", json!({ "gain": gain, "seed": seed })),
        Initializer::Identity { gain } => ("Identity", json!({ "gain": gain })),
        Initializer::STFT { side, window, scaling, periodic } => {
            let (window, scaling) =
                (window.map(|window| window.name()), scaling.map(|scaling| scaling.name()));
            let config =
                json!({ "side": side.name(), "window": window, "scaling": scaling, "periodic": periodic });
            ("STFT", config)
        }
    }
}

/// A layer inside a wrapper.
fn inner_layer(inner: &Inner) -> Result<Value, String> {
    let name = inner.name.unwrap_or_else(|| inner.config.snake());
    layer(name, inner.config, inner.trainable)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every argument of every layer has words in a file; wrappers and operations are written elsewhere.
    #[test]
    fn every_argument_can_be_written() {
        for class in LayerConfig::CLASSES {
            let Some(config) = LayerConfig::default_of(class) else { panic!("no layer {class}") };
            if config.is_operation() {
                continue;
            }
            for (key, value) in config.values() {
                assert!(matches!(argument(value), Ok(Some(_))), "{class}: {key}");
            }
        }
    }
}
