//! Whether a metric has become better.

use super::message::warn;
use super::{Control, Logs, get};
use crate::{Error, Result};

/// Whether a metric is better when it is low or when it is high.
///
/// Source: <https://keras.io/api/callbacks/early_stopping/> (`mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As the metric says it is, whatever its name; of one that does not say, by its name: losses and errors are better
    /// low; accuracies, AUC, precision, recall and scores high.
    #[default]
    Auto,
    /// Low is better.
    Min,
    /// High is better.
    Max,
}

/// Last words of names that are better low, from the metrics that Keras marks as such.
const LOW: &[&str] = &[
    "loss",
    "error",
    "crossentropy",
    "divergence",
    "hinge",
    "poisson",
    "logcosh",
    "log_cosh",
    "huber",
    "mse",
    "mae",
    "mape",
    "msle",
    "rmse",
    "kld",
];

/// Last words of names that are better high, from the metrics that Keras marks as such.
const HIGH: &[&str] = &[
    "accuracy",
    "acc",
    "auc",
    "precision",
    "recall",
    "sensitivity",
    "specificity",
    "f1_score",
    "fbeta_score",
    "r2_score",
    "io_u",
    "io_u",
    "similarity",
    "correlation",
];

/// A metric to watch.
///
/// Source: `keras/src/callbacks/monitor_callback.py`.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub name: String,
    pub mode: Mode,
    pub min_delta: f64,
    /// What the metric says of itself.
    larger: Option<bool>,
    warned: bool,
    warned_of_nan: bool,
}

impl Monitor {
    /// Watches `val_loss`.
    pub fn new(min_delta: f64) -> Self {
        Monitor {
            name: "val_loss".to_string(),
            mode: Mode::Auto,
            min_delta,
            larger: None,
            warned: false,
            warned_of_nan: false,
        }
    }

    /// The value of the metric; the first time that there is none, or that it is not a number, a warning says so.
    pub fn value(
        &mut self,
        callback: &str,
        logs: &Logs,
        missing: impl FnOnce(&str) -> String,
    ) -> Option<f64> {
        // Of a metric with a value for each class, that of the only one: in Keras an array of one number.
        let of_one_class = || {
            let of = |class| get(logs, &format!("{}[{class}]", self.name));
            of(0).filter(|_| of(1).is_none())
        };
        let value = get(logs, &self.name).or_else(of_one_class);
        if value.is_none() && !self.warned {
            self.warned = true;
            warn(&missing(&self.name));
        }
        if value.is_some_and(f64::is_nan) && !self.warned_of_nan {
            self.warned_of_nan = true;
            warn(&format!(
                "{callback}: the metric `{}` is NaN, which counts as worse than any number",
                self.name
            ));
        }
        value
    }

    /// Asks the metric whether high is better.
    ///
    /// # Errors
    /// Neither it nor its name tells.
    pub fn begin(&mut self, callback: &str, control: &Control<'_>) -> Result<()> {
        self.larger = control.larger_is_better(&self.name);
        self.high(callback).map(drop)
    }

    /// Whether high is better.
    ///
    /// # Errors
    /// Neither the metric nor its name tells.
    pub fn high(&self, callback: &str) -> Result<bool> {
        match self.mode {
            Mode::Min => return Ok(false),
            Mode::Max => return Ok(true),
            Mode::Auto => {}
        }
        if let Some(larger) = self.larger {
            return Ok(larger);
        }
        let name = self.name.strip_prefix("val_").unwrap_or(&self.name);
        // That of one class: `f1_score[0]`.
        let name = name.split_once('[').map_or(name, |(before, _)| before);
        // The second of two metrics of one kind is called `auc_1`.
        let name = match name.rsplit_once('_') {
            Some((before, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                before
            }
            _ => name,
        };
        let ends = |words: &[&str]| {
            words.iter().any(|word| {
                name.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_'))
            })
        };
        if ends(LOW) {
            Ok(false)
        } else if ends(HIGH) {
            Ok(true)
        } else {
            Err(Error::Argument(format!(
                "{callback} cannot tell from the name `{}` whether the metric is better high or low: set its `mode` \
                 to `Mode::Max` or `Mode::Min`",
                self.name
            )))
        }
    }

    /// Whether a value is better than another one by more than `min_delta`; better than none is any number. Values are
    /// compared as 32-bit floats, as in Keras. NaN is worse than any number, where in Keras nothing is better than it.
    ///
    /// # Errors
    /// The name does not tell what is better.
    pub fn improves(&self, callback: &str, value: f64, reference: Option<f64>) -> Result<bool> {
        let high = self.high(callback)?;
        if value.is_nan() {
            return Ok(false);
        }
        let Some(reference) = reference.filter(|reference| !reference.is_nan()) else { return Ok(true) };
        let delta = self.min_delta.abs();
        Ok(if high {
            (value - delta) as f32 > reference as f32
        } else {
            ((value + delta) as f32) < reference as f32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn high(name: &str) -> Option<bool> {
        Monitor { name: name.into(), ..Monitor::new(0.0) }.high("X").ok()
    }

    #[test]
    fn names_tell_what_is_better() {
        // Every metric of Keras 3.15 that has a direction, by its default name.
        let low = "binary_crossentropy categorical_crossentropy categorical_hinge hinge kl_divergence logcosh \
                   mean_absolute_error mean_absolute_percentage_error mean_squared_error \
                   mean_squared_logarithmic_error poisson root_mean_squared_error sparse_categorical_crossentropy \
                   squared_hinge loss mse mae";
        let up = "accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy \
                  sparse_top_k_categorical_accuracy top_k_categorical_accuracy concordance_correlation \
                  cosine_similarity f1_score fbeta_score pearson_correlation r2_score auc precision recall mean_io_u \
                  io_u binary_io_u one_hot_io_u one_hot_mean_io_u precision_at_recall recall_at_precision \
                  sensitivity_at_specificity specificity_at_sensitivity acc";
        for name in low.split_whitespace() {
            assert_eq!(high(name), Some(false), "{name}");
            assert_eq!(high(&format!("val_{name}")), Some(false), "{name}");
        }
        for name in up.split_whitespace() {
            assert_eq!(high(name), Some(true), "{name}");
            assert_eq!(high(&format!("val_{name}_1")), Some(true), "{name}");
        }
        assert_eq!(high("val_f1_score[1]"), Some(true));
        assert_eq!(high("digit_loss"), Some(false));
        assert_eq!(high("digit_accuracy"), Some(true));
        for name in ["true_positives", "mean", "learning_rate", "gloss", "vacc", "", "_1", "val_"] {
            assert_eq!(high(name), None, "{name}");
        }
    }

    /// Keras's array of one number is compared as a number, one of several is not.
    #[test]
    fn the_only_class_is_the_metric() {
        let value = |classes: &[f64]| {
            let logs: Vec<(String, f64)> =
                classes.iter().enumerate().map(|(i, x)| (format!("val_f1_score[{i}]"), *x)).collect();
            let mut monitor = Monitor { name: "val_f1_score".into(), ..Monitor::new(0.0) };
            monitor.value("X", &logs, |_| String::new())
        };
        assert_eq!(value(&[0.5]), Some(0.5));
        assert_eq!(value(&[0.5, 0.75]), None);
        assert_eq!(value(&[]), None);
    }

    #[test]
    fn the_error_says_what_to_do() {
        let monitor = Monitor { name: "val_mine".into(), ..Monitor::new(0.0) };
        let text = monitor.high("EarlyStopping").unwrap_err().to_string();
        assert!(
            text.contains("EarlyStopping") && text.contains("`val_mine`") && text.contains("Mode::Max"),
            "{text}"
        );
        assert!(Monitor { mode: Mode::Max, ..monitor }.high("EarlyStopping").unwrap());
    }

    #[test]
    fn better_by_more_than_min_delta() {
        let mut monitor = Monitor::new(-0.5);
        assert!(monitor.improves("X", 9.0, None).unwrap());
        assert!(!monitor.improves("X", 0.5, Some(1.0)).unwrap());
        assert!(monitor.improves("X", 0.4, Some(1.0)).unwrap());
        monitor.mode = Mode::Max;
        assert!(!monitor.improves("X", 1.5, Some(1.0)).unwrap());
        assert!(monitor.improves("X", 1.6, Some(1.0)).unwrap());
        for mode in [Mode::Min, Mode::Max] {
            monitor.mode = mode;
            for than in [Some(1.0), None, Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY)] {
                assert!(!monitor.improves("X", f64::NAN, than).unwrap());
            }
            for value in [0.0, f64::MAX, f64::INFINITY, f64::NEG_INFINITY] {
                assert!(monitor.improves("X", value, Some(f64::NAN)).unwrap());
            }
        }
        let monitor = Monitor::new(0.0);
        assert!(!monitor.improves("X", 1.0 - 1e-9, Some(1.0)).unwrap());
    }
}
