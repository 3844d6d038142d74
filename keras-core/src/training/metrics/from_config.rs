//! Metrics as files of Keras have them: a class with its arguments.

use super::by_name::Remembered;
use super::config::class_of;
use super::{
    AUC, Average, BinaryAccuracy, BinaryIoU, CategoricalAccuracy, ClassAggregation, ConcordanceCorrelation,
    CosineSimilarity, Curve, F1Score, FBetaScore, FalseNegatives, FalsePositives, IoU, LabelAccuracy,
    LossMetric, MeanAbsoluteError, MeanAbsolutePercentageError, MeanIoU, MeanSquaredError,
    MeanSquaredLogarithmicError, Metric, OneHotIoU, OneHotMeanIoU, PearsonCorrelation, Precision,
    PrecisionAtRecall, R2Score, Recall, RecallAtPrecision, RootMeanSquaredError, SensitivityAtSpecificity,
    SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy, SpecificityAtSensitivity, SummationMethod,
    TopKCategoricalAccuracy, TrueNegatives, TruePositives,
};
use crate::training::config::{Arguments, Config, Setting, Value, set_all};
use crate::training::losses::{self, Loss};

/// The metric of a configuration; nothing where there is no such class here, or an argument that it does not take.
pub(crate) fn from_config(config: &Config) -> Option<Box<dyn Metric>> {
    let given = Given(config);
    // A loss may have the name of a metric and be its negative.
    let metric = if config.module == "keras.losses" {
        of_loss(&given)?
    } else {
        counted(&given).or_else(|| compared(&given)).or_else(|| of_loss(&given))?
    };
    Some(Remembered::config(config.clone(), metric))
}

/// The arguments of a configuration.
struct Given<'a>(&'a Config);

impl Given<'_> {
    fn class(&self) -> &str {
        &self.0.class
    }

    /// That there are no arguments but these and those of all metrics. What is `None` says nothing.
    fn only(&self, names: &[&str]) -> Option<()> {
        let known = |(name, value): &(String, Setting)| {
            matches!(name.as_str(), "name" | "dtype")
                || names.contains(&name.as_str())
                || *value == Setting::None
        };
        self.0.arguments.iter().all(known).then_some(())
    }

    /// An argument, if it is given; nothing where its value is none of the type.
    fn get<T: Value>(&self, name: &str) -> Option<Option<T>> {
        self.0.get(name).map_or(Some(None), Option::<T>::of)
    }

    fn word(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Setting::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn thresholds(&self, name: &str) -> Option<Option<Vec<f32>>> {
        let all = self.get::<Vec<f64>>(name)?;
        Some(all.map(|all| all.into_iter().map(|x| x as f32).collect()))
    }
}

/// Gives the metric each argument that is given, by the method of its name.
macro_rules! metric {
    ($given:expr, $metric:expr $(, $name:ident: $ty:ty $(as $to:ty)?)* $(; $more:literal)*) => {{
        $given.only(&[$(stringify!($name),)* $($more),*])?;
        #[allow(unused_mut)]
        let mut metric = $metric;
        $(if let Some(value) = $given.get::<$ty>(stringify!($name))? {
            metric = metric.$name(value $(as $to)?);
        })*
        if let Some(name) = $given.word("name") {
            metric = metric.named(name);
        }
        Some(Box::new(metric) as Box<dyn Metric>)
    }};
}

/// Metrics that count right and wrong answers.
fn counted(given: &Given<'_>) -> Option<Box<dyn Metric>> {
    macro_rules! confusion {
        ($type:ident $(, $name:ident)*) => {{
            let metric = $type::new();
            let metric = match given.thresholds("thresholds")? {
                Some(thresholds) => metric.thresholds(thresholds),
                None => metric,
            };
            metric!(given, metric $(, $name: usize)*; "thresholds")
        }};
    }
    macro_rules! at {
        ($type:ident, $name:literal) => {
            metric!(given, $type::new(given.get($name)??), num_thresholds: usize, class_id: usize; $name)
        };
    }
    macro_rules! f_score {
        ($type:ident $(, $name:ident)*) => {{
            let metric = match given.word("average") {
                Some("micro") => $type::new().average(Average::Micro),
                Some("macro") => $type::new().average(Average::Macro),
                Some("weighted") => $type::new().average(Average::Weighted),
                Some(_) => return None,
                None => $type::new(),
            };
            metric!(given, metric $(, $name: f64)*, threshold: f64 as f32; "average")
        }};
    }
    match given.0.class.as_str() {
        "Precision" => confusion!(Precision, top_k, class_id),
        "Recall" => confusion!(Recall, top_k, class_id),
        "TruePositives" => confusion!(TruePositives),
        "FalsePositives" => confusion!(FalsePositives),
        "TrueNegatives" => confusion!(TrueNegatives),
        "FalseNegatives" => confusion!(FalseNegatives),
        "SensitivityAtSpecificity" => at!(SensitivityAtSpecificity, "specificity"),
        "SpecificityAtSensitivity" => at!(SpecificityAtSensitivity, "sensitivity"),
        "PrecisionAtRecall" => at!(PrecisionAtRecall, "recall"),
        "RecallAtPrecision" => at!(RecallAtPrecision, "precision"),
        "F1Score" => f_score!(F1Score),
        "FBetaScore" => f_score!(FBetaScore, beta),
        "AUC" => auc(given),
        "Accuracy" => metric!(given, LabelAccuracy::new()),
        "BinaryAccuracy" => metric!(given, BinaryAccuracy::new(), threshold: f64 as f32),
        "CategoricalAccuracy" => metric!(given, CategoricalAccuracy::new()),
        "SparseCategoricalAccuracy" => metric!(given, SparseCategoricalAccuracy::new()),
        "TopKCategoricalAccuracy" => metric!(given, TopKCategoricalAccuracy::new(), k: usize),
        "SparseTopKCategoricalAccuracy" => {
            metric!(given, SparseTopKCategoricalAccuracy::new(), k: usize, from_sorted_ids: bool)
        }
        _ => None,
    }
}

fn auc(given: &Given<'_>) -> Option<Box<dyn Metric>> {
    let mut metric = AUC::new();
    if let Some(word) = given.word("curve") {
        metric = metric.curve(match word.to_lowercase().as_str() {
            "roc" => Curve::ROC,
            "pr" => Curve::PR,
            "prgain" => Curve::PRGAIN,
            _ => return None,
        });
    }
    if let Some(word) = given.word("summation_method") {
        metric = metric.summation_method(match word.to_lowercase().as_str() {
            "interpolation" => SummationMethod::Interpolation,
            "majoring" => SummationMethod::Majoring,
            "minoring" => SummationMethod::Minoring,
            _ => return None,
        });
    }
    // Beside thresholds of its own Keras writes how many there are.
    metric = match given.thresholds("thresholds")? {
        Some(own) => metric.thresholds(own),
        None => match given.get("num_thresholds")? {
            Some(count) => metric.num_thresholds(count),
            None => metric,
        },
    };
    metric!(given, metric, multi_label: bool, label_weights: Vec<f64>, from_logits: bool;
        "curve"; "summation_method"; "num_thresholds"; "thresholds"; "num_labels")
}

/// Metrics that compare numbers, or areas of classes.
fn compared(given: &Given<'_>) -> Option<Box<dyn Metric>> {
    macro_rules! classes {
        () => {
            given.get("num_classes")??
        };
    }
    macro_rules! ids {
        () => {
            given.get::<Vec<usize>>("target_class_ids")??
        };
    }
    match given.0.class.as_str() {
        "IoU" => metric!(given, IoU::new(classes!(), ids!()), ignore_class: i64, sparse_y_true: bool,
            sparse_y_pred: bool, axis: isize; "num_classes"; "target_class_ids"),
        "MeanIoU" => metric!(given, MeanIoU::new(classes!()), ignore_class: i64, sparse_y_true: bool,
            sparse_y_pred: bool, axis: isize; "num_classes"),
        "OneHotIoU" => metric!(given, OneHotIoU::new(classes!(), ids!()), ignore_class: i64,
            sparse_y_pred: bool, axis: isize; "num_classes"; "target_class_ids"),
        "OneHotMeanIoU" => metric!(given, OneHotMeanIoU::new(classes!()), ignore_class: i64,
            sparse_y_pred: bool, axis: isize; "num_classes"),
        "BinaryIoU" => {
            metric!(given, BinaryIoU::new(), target_class_ids: Vec<usize>, threshold: f64 as f32)
        }
        "R2Score" => {
            let aggregation = match given.word("class_aggregation") {
                Some("uniform_average") => ClassAggregation::UniformAverage,
                Some("variance_weighted_average") => ClassAggregation::VarianceWeightedAverage,
                None if given.0.get("class_aggregation").is_none() => ClassAggregation::UniformAverage,
                None => ClassAggregation::None,
                Some(_) => return None,
            };
            let metric = R2Score::new().class_aggregation(aggregation);
            metric!(given, metric, num_regressors: usize; "class_aggregation")
        }
        "ConcordanceCorrelation" => metric!(given, ConcordanceCorrelation::new(), axis: isize),
        "PearsonCorrelation" => metric!(given, PearsonCorrelation::new(), axis: isize),
        // Keras 3.15 does not write its axis.
        "CosineSimilarity" => metric!(given, CosineSimilarity::new(), axis: isize),
        "MeanAbsoluteError" => metric!(given, MeanAbsoluteError::new()),
        "MeanAbsolutePercentageError" => metric!(given, MeanAbsolutePercentageError::new()),
        "MeanSquaredError" => metric!(given, MeanSquaredError::new()),
        "MeanSquaredLogarithmicError" => metric!(given, MeanSquaredLogarithmicError::new()),
        "RootMeanSquaredError" => metric!(given, RootMeanSquaredError::new()),
        _ => None,
    }
}

/// Metrics that are the mean of a loss.
fn of_loss(given: &Given<'_>) -> Option<Box<dyn Metric>> {
    if let (Some(Setting::Function(function)), "MeanMetricWrapper") = (given.0.get("fn"), given.class()) {
        let mut config = given.0.clone();
        config.class = class_of(function)?.into();
        config.arguments.retain(|(name, _)| name != "fn");
        return of_loss(&Given(&config));
    }
    macro_rules! of_class {
        ($($type:ident)*) => {
            match given.class() {
                $(stringify!($type) => mean(given, losses::$type::default()),)*
                "LogCoshError" => mean(given, losses::LogCosh),
                _ => None,
            }
        };
    }
    losses::for_each_class!(of_class)
}

fn mean<L: Loss + Arguments + Clone + Send + 'static>(
    given: &Given<'_>,
    mut loss: L,
) -> Option<Box<dyn Metric>> {
    let harmless = |name: &str, value: &Setting| {
        matches!(name, "name" | "dtype" | "reduction") || *value == Setting::None
    };
    set_all(&mut loss, given.0, harmless).ok()?;
    let metric = LossMetric::new(loss);
    Some(Box::new(match given.word("name") {
        Some(name) => metric.named(name),
        None => metric,
    }))
}
