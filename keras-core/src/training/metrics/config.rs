//! Metrics as Keras writes them into files.

use keras_shape::snake;

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
        _ if !WITHOUT_METRIC.contains(&class.as_str()) => return None,
        _ => {
            arguments.insert(0, ("fn".into(), Setting::Function(snake(&class))));
            return object("MeanMetricWrapper", name, arguments);
        }
    }
    object(&class, name, arguments)
}

/// The losses of which Keras has no metric, or none with all arguments.
const WITHOUT_METRIC: [&str; 10] = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CTC",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Huber",
    "Tversky",
];

/// The loss of a function: `Huber` of `huber`.
pub(super) fn class_of(function: &str) -> Option<&'static str> {
    WITHOUT_METRIC.into_iter().find(|class| snake(class) == function)
}
