//! Metrics by Keras's names.

use keras_shape::closest;

use super::{
    AUC, Accuracy, BinaryAccuracy, BinaryIoU, CategoricalAccuracy, ConcordanceCorrelation, CosineSimilarity,
    F1Score, FBetaScore, FalseNegatives, FalsePositives, IntoMetrics, LossMetric, MeanAbsoluteError,
    MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Metric, PearsonCorrelation,
    Precision, R2Score, Recall, RootMeanSquaredError, SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy, TrueNegatives, TruePositives,
};
#[cfg(feature = "files")]
use crate::training::config::Config;
use crate::training::config::Setting;
use crate::training::losses;
use crate::{Error, Result};

// In logs a metric is called as it was written, as in Keras.
#[diagnostic::do_not_recommend]
impl IntoMetrics for &str {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![named(self)]
    }
}

#[diagnostic::do_not_recommend]
impl IntoMetrics for String {
    fn into_metrics(self) -> Vec<Box<dyn Metric>> {
        vec![named(&self)]
    }
}

macro_rules! names {
    ($($($name:literal)|+ => $metric:expr,)*) => {
        const NAMES: &[&str] = &["accuracy", "acc", $($($name),+),*];

        fn by_name(name: &str) -> Box<dyn Metric> {
            match name {
                $($($name)|+ => Box::new($metric.named(name)),)*
                _ if matches!(name.to_lowercase().as_str(), "accuracy" | "acc") => Box::new(Accuracy::new().named(name)),
                _ => Box::new(Unknown { name: name.into() }),
            }
        }
    };
}
names! {
    "auc" | "AUC" => AUC::new(),
    "binary_accuracy" | "BinaryAccuracy" => BinaryAccuracy::new(),
    "binary_crossentropy" | "BinaryCrossentropy" | "bce" | "BCE" => LossMetric::new(losses::BinaryCrossentropy::new()),
    "categorical_accuracy" | "CategoricalAccuracy" => CategoricalAccuracy::new(),
    "categorical_crossentropy" | "CategoricalCrossentropy" => LossMetric::new(losses::CategoricalCrossentropy::new()),
    "categorical_hinge" | "CategoricalHinge" => LossMetric::new(losses::CategoricalHinge::new()),
    "concordance_correlation" | "ConcordanceCorrelation" => ConcordanceCorrelation::new(),
    "cosine_similarity" | "CosineSimilarity" => CosineSimilarity::new(),
    "binary_focal_crossentropy" | "BinaryFocalCrossentropy" => LossMetric::new(losses::BinaryFocalCrossentropy::new()),
    "categorical_focal_crossentropy" | "CategoricalFocalCrossentropy" =>
        LossMetric::new(losses::CategoricalFocalCrossentropy::new()),
    "huber" | "Huber" => LossMetric::new(losses::Huber::new()),
    "log_cosh" | "LogCosh" => LossMetric::new(losses::LogCosh::new()),
    "binary_io_u" | "BinaryIoU" => BinaryIoU::new(),
    "f1_score" | "F1Score" => F1Score::new(),
    "f_beta_score" | "fbeta_score" | "FBetaScore" => FBetaScore::new(),
    "false_negatives" | "FalseNegatives" => FalseNegatives::new(),
    "false_positives" | "FalsePositives" => FalsePositives::new(),
    "hinge" | "Hinge" => LossMetric::new(losses::Hinge::new()),
    "kl_divergence" | "KLDivergence" => LossMetric::new(losses::KLDivergence::new()),
    "log_cosh_error" | "logcosh" | "LogCoshError" => LossMetric::new(losses::LogCosh::new()),
    "mean_absolute_error" | "MeanAbsoluteError" | "mae" | "MAE" => MeanAbsoluteError::new(),
    "mean_absolute_percentage_error" | "MeanAbsolutePercentageError" | "mape" | "MAPE" =>
        MeanAbsolutePercentageError::new(),
    "mean_squared_error" | "MeanSquaredError" | "mse" | "MSE" => MeanSquaredError::new(),
    "mean_squared_logarithmic_error" | "MeanSquaredLogarithmicError" | "msle" | "MSLE" =>
        MeanSquaredLogarithmicError::new(),
    "pearson_correlation" | "PearsonCorrelation" => PearsonCorrelation::new(),
    "r2_score" | "R2Score" => R2Score::new(),
    "poisson" | "Poisson" => LossMetric::new(losses::Poisson::new()),
    "precision" | "Precision" => Precision::new(),
    "recall" | "Recall" => Recall::new(),
    "root_mean_squared_error" | "RootMeanSquaredError" => RootMeanSquaredError::new(),
    "sparse_categorical_accuracy" | "SparseCategoricalAccuracy" => SparseCategoricalAccuracy::new(),
    "sparse_categorical_crossentropy" | "SparseCategoricalCrossentropy" =>
        LossMetric::new(losses::SparseCategoricalCrossentropy::new()),
    "sparse_top_k_categorical_accuracy" | "SparseTopKCategoricalAccuracy" => SparseTopKCategoricalAccuracy::new(),
    "squared_hinge" | "SquaredHinge" => LossMetric::new(losses::SquaredHinge::new()),
    "top_k_categorical_accuracy" | "TopKCategoricalAccuracy" => TopKCategoricalAccuracy::new(),
    "true_negatives" | "TrueNegatives" => TrueNegatives::new(),
    "true_positives" | "TruePositives" => TruePositives::new(),
}

/// The metric of a name, which remembers it.
fn named(name: &str) -> Box<dyn Metric> {
    let metric = by_name(name);
    if metric.fault().is_some() || OUR_NAMES.contains(&name) {
        return metric;
    }
    Remembered::word(name, metric)
}

/// Names that Keras does not take for metrics: files have their classes.
const OUR_NAMES: [&str; 10] = [
    "BinaryFocalCrossentropy",
    "CategoricalFocalCrossentropy",
    "Huber",
    "LogCosh",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
    "fbeta_score",
    "huber",
    "log_cosh",
    "logcosh",
];

/// A metric with what Keras makes it of: its name, or its class with arguments.
#[derive(Clone)]
pub(super) struct Remembered {
    keras: Setting,
    metric: Box<dyn Metric>,
}

impl Remembered {
    /// The metric of a name.
    pub fn word(name: &str, metric: Box<dyn Metric>) -> Box<dyn Metric> {
        Box::new(Remembered { keras: Setting::Word(name.into()), metric })
    }

    /// The metric of a configuration.
    #[cfg(feature = "files")]
    pub fn config(config: Config, metric: Box<dyn Metric>) -> Box<dyn Metric> {
        Box::new(Remembered { keras: Setting::Object(config), metric })
    }
}

impl Metric for Remembered {
    fn name(&self) -> &str {
        self.metric.name()
    }

    fn update(
        &mut self,
        y_true: &[f32],
        true_shape: &[usize],
        y_pred: &[f32],
        pred_shape: &[usize],
        sample_weight: Option<&[f32]>,
    ) -> Result<()> {
        self.metric.update(y_true, true_shape, y_pred, pred_shape, sample_weight)
    }

    fn result(&self) -> f64 {
        self.metric.result()
    }

    fn results(&self) -> Vec<(String, f64)> {
        self.metric.results()
    }

    fn reset(&mut self) {
        self.metric.reset();
    }

    fn state(&self) -> Vec<f64> {
        self.metric.state()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<()> {
        self.metric.set_state(state)
    }

    fn keras(&self) -> Option<Setting> {
        Some(self.keras.clone())
    }

    fn clone_box(&self) -> Box<dyn Metric> {
        Box::new(self.clone())
    }

    fn resolve(self: Box<Self>, class_indices: bool, last_axis: Option<usize>) -> Box<dyn Metric> {
        let Remembered { keras, metric } = *self;
        Box::new(Remembered { keras, metric: metric.resolve(class_indices, last_axis) })
    }

    fn averages(&self) -> bool {
        self.metric.averages()
    }

    fn larger_is_better(&self) -> Option<bool> {
        self.metric.larger_is_better()
    }
}

/// A name that no metric has: the first use of the compiled model says so.
#[derive(Clone)]
struct Unknown {
    name: String,
}

impl Unknown {
    fn sentence(&self) -> String {
        let near = closest(&self.name, NAMES.iter().copied());
        let help = near.map_or_else(
            || "names are those of Keras, as \"accuracy\", \"mae\", \"auc\", \"precision\"".into(),
            |near| format!("did you mean \"{near}\"?"),
        );
        format!("`compile`: there is no metric \"{}\"\nhelp: {help}", self.name)
    }
}

impl Metric for Unknown {
    fn name(&self) -> &str {
        &self.name
    }

    fn update(&mut self, _: &[f32], _: &[usize], _: &[f32], _: &[usize], _: Option<&[f32]>) -> Result<()> {
        Err(Error::Argument(self.sentence()))
    }

    fn result(&self) -> f64 {
        f64::NAN
    }

    fn reset(&mut self) {}

    fn fault(&self) -> Option<String> {
        Some(self.sentence())
    }

    super::plain_metric!();
}
