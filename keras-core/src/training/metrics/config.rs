//! Metrics as Keras writes them into files.

use crate::training::config::{Config, Setting, unwritten};

/// A metric of Keras: its class, its name and its arguments. Those that count areas have floats, too, where Keras's default is to
/// cut sample weights to whole numbers: with floats it has the values that are reported here.
pub(super) fn object(
    class: &str,
    name: &str,
    arguments: impl IntoIterator<Item = (impl Into<String>, Setting)>,
) -> Option<Setting> {
    // What Keras calls `Accuracy` is no word of `compile` here.
    let class = if class == "LabelAccuracy" { "Accuracy" } else { class };
    let always = [("name", name), ("dtype", "float32")];
    let always = always.map(|(key, word)| (key.into(), Setting::Word(word.into())));
    let arguments = arguments.into_iter().map(|(key, value)| (key.into(), value));
    let arguments = always.into_iter().chain(arguments).collect();
    let mut config = Config { module: "keras.metrics".into(), class: class.into(), arguments };
    unwritten(&mut config);
    Some(Setting::Object(config))
}

/// The mean of a loss: Keras has a metric of some, and a wrapper around the function of any.
pub(super) fn of_loss(loss: Config, name: &str) -> Option<Setting> {
    let Config { class, mut arguments, .. } = loss;
    arguments.retain(|(argument, _)| argument != "reduction");
    let along_last = arguments.iter().all(|(name, axis)| name != "axis" || *axis == Setting::Whole(-1));
    match class.as_str() {
        // This metric has no axis.
        "BinaryCrossentropy" if along_last => arguments.retain(|(argument, _)| argument != "axis"),
        "LogCosh" => return object("LogCoshError", name, arguments),
        "CategoricalCrossentropy"
        | "CategoricalHinge"
        | "Hinge"
        | "KLDivergence"
        | "MeanAbsoluteError"
        | "MeanAbsolutePercentageError"
        | "MeanSquaredError"
        | "MeanSquaredLogarithmicError"
        | "Poisson"
        | "SparseCategoricalCrossentropy"
        | "SquaredHinge" => {}
        _ => {
            arguments.insert(0, ("fn".into(), Setting::Function(function(&class)?.into())));
            return object("MeanMetricWrapper", name, arguments);
        }
    }
    object(&class, name, arguments)
}

/// The classes of losses with their functions: those of which Keras has no metric, or none with all arguments.
const FUNCTIONS: [(&str, &str); 10] = [
    ("BinaryCrossentropy", "binary_crossentropy"),
    ("BinaryFocalCrossentropy", "binary_focal_crossentropy"),
    ("CTC", "ctc"),
    ("CategoricalFocalCrossentropy", "categorical_focal_crossentropy"),
    ("CategoricalGeneralizedCrossEntropy", "categorical_generalized_cross_entropy"),
    ("Circle", "circle"),
    ("CosineSimilarity", "cosine_similarity"),
    ("Dice", "dice"),
    ("Huber", "huber"),
    ("Tversky", "tversky"),
];

/// The loss of a function: `Huber` of `huber`.
pub(super) fn class_of(function: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(_, known)| *known == function).map(|(class, _)| *class)
}

fn function(class: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(known, _)| *known == class).map(|(_, function)| *function)
}
