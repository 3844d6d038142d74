//! How well classes are told apart: a confusion matrix, and the report that is read off it.

use core::fmt;

use ndarray::Array2;

use crate::tensor::{Dyn, IntoInput, Shape};
use crate::{Error, Result};

/// How many samples of each class were taken for each: rows are the true classes, columns the predicted ones.
///
/// ```
/// use keras_core::training::ConfusionMatrix;
/// use ndarray::arr1;
///
/// let matrix = ConfusionMatrix::new(&arr1(&[0, 1, 2, 2, 2]), &arr1(&[0, 0, 2, 2, 1]))?
///     .class_names(["cat", "dog", "fox"])?;
/// assert_eq!(matrix.count(2, 1), 1);
/// println!("{matrix}");
/// println!("{}", matrix.report());
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    counts: Array2<u64>,
    names: Vec<String>,
}

/// The most classes that a matrix is made for: more are a mistake, such as ids in the place of classes.
const MOST: usize = 4096;

impl ConfusionMatrix {
    /// Counts, from a class number for each sample and the one that was predicted: arrays of one axis of any integers.
    /// [`Tensor::argmax`](crate::tensor::Tensor::argmax) makes class numbers of what a model predicts. There are as many classes
    /// as the largest number says.
    ///
    /// # Errors
    /// The lengths differ, there are no samples, or a number is no class.
    pub fn new<'a>(y_true: impl IntoInput<'a, (Dyn,)>, y_pred: impl IntoInput<'a, (Dyn,)>) -> Result<Self> {
        let y_true = classes("y_true", y_true)?;
        let y_pred = classes("y_pred", y_pred)?;
        if y_true.len() != y_pred.len() {
            let (n, m) = (y_true.len(), y_pred.len());
            return Err(Error::Argument(format!(
                "{n} true classes, and {m} predicted ones: give one of each for each sample"
            )));
        }
        let Some(most) = y_true.iter().chain(&y_pred).max().copied() else {
            return Err(Error::Argument("a confusion matrix of no samples".into()));
        };
        let mut counts = Array2::zeros((most + 1, most + 1));
        for (t, p) in y_true.into_iter().zip(y_pred) {
            counts[[t, p]] += 1;
        }
        let names = (0..=most).map(|class| class.to_string()).collect();
        Ok(ConfusionMatrix { counts, names })
    }

    /// Calls the classes by names. Of more names than classes seen, the others have no samples.
    ///
    /// # Errors
    /// There are fewer names than classes.
    pub fn class_names<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Result<Self> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let seen = self.names.len();
        if names.len() < seen {
            return Err(Error::Argument(format!("{} names for {seen} classes", names.len())));
        }
        let mut counts = Array2::zeros((names.len(), names.len()));
        counts.slice_mut(ndarray::s![..seen, ..seen]).assign(&self.counts);
        (self.counts, self.names) = (counts, names);
        Ok(self)
    }

    /// The numbers of samples, `(true class, predicted class)`.
    pub fn counts(&self) -> &Array2<u64> {
        &self.counts
    }

    /// How many samples of the class `y_true` were taken for `y_pred`; 0 for what is no class.
    pub fn count(&self, y_true: usize, y_pred: usize) -> u64 {
        self.counts.get([y_true, y_pred]).copied().unwrap_or(0)
    }

    /// The names of the classes: their numbers, unless they have [names](ConfusionMatrix::class_names).
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A drawing of the matrix, to be [saved](super::MatrixPlot::save).
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> super::MatrixPlot<'_> {
        super::MatrixPlot::new(self)
    }

    /// The share of samples whose class was told.
    pub fn accuracy(&self) -> f64 {
        share(self.counts.diag().sum(), self.counts.sum())
    }

    /// Precision, recall and F1 of each class.
    pub fn report(&self) -> ClassificationReport {
        let classes = self.names.iter().enumerate().map(|(class, name)| {
            let (hits, support) = (self.counts[[class, class]], self.counts.row(class).sum());
            let precision = share(hits, self.counts.column(class).sum());
            let recall = share(hits, support);
            ClassScore { name: name.clone(), precision, recall, f1: harmonic(precision, recall), support }
        });
        ClassificationReport { classes: classes.collect(), accuracy: self.accuracy() }
    }
}

fn classes<'a>(name: &str, classes: impl IntoInput<'a, (Dyn,)>) -> Result<Vec<usize>> {
    let data = classes.into_input(name, &<(Dyn,)>::DIMS)?;
    (0..data.samples())
        .map(|i| {
            let number = data.number(i);
            let is_class = number.fract() == 0.0 && (0.0..MOST as f64).contains(&number);
            is_class.then_some(number as usize).ok_or_else(|| {
                Error::Argument(format!("`{name}`: {number} of sample {i} (counted from 0) is no class: classes are numbers from 0 to {}", MOST - 1))
            })
        })
        .collect()
}

/// A part of a whole; 0 of nothing, as scikit-learn has it.
fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

/// A table, the true classes from the top down.
impl fmt::Display for ConfusionMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("true".len());
        let numbers = self.counts.iter().map(|n| n.to_string().len()).max().unwrap_or(1);
        let widths: Vec<usize> = self.names.iter().map(|name| name.chars().count().max(numbers)).collect();
        write!(f, "{:name$} | predicted", "true")?;
        write!(f, "\n{:name$} |", "")?;
        for (class, width) in self.names.iter().zip(&widths) {
            write!(f, " {class:>width$}")?;
        }
        write!(f, "\n{}", "-".repeat(name + 2 + widths.iter().map(|width| width + 1).sum::<usize>()))?;
        for (class, row) in self.names.iter().zip(self.counts.rows()) {
            write!(f, "\n{class:name$} |")?;
            for (count, width) in row.iter().zip(&widths) {
                write!(f, " {count:>width$}")?;
            }
        }
        Ok(())
    }
}

/// How well one class is told.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassScore {
    /// The class.
    pub name: String,
    /// Of the samples that were taken for it, the share that is of it.
    pub precision: f64,
    /// Of its samples, the share that was taken for it.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
    /// How many samples it has.
    pub support: u64,
}

/// Precision, recall and F1 of each class and on the whole, printed as scikit-learn's
/// [`classification_report`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.classification_report.html).
#[derive(Clone, Debug, PartialEq)]
pub struct ClassificationReport {
    /// Each class.
    pub classes: Vec<ClassScore>,
    /// The share of samples whose class was told.
    pub accuracy: f64,
}

impl ClassificationReport {
    /// The mean over classes, each counted once.
    pub fn macro_average(&self) -> ClassScore {
        self.average("macro avg", |_| 1.0)
    }

    /// The mean over classes, each counted by its samples.
    pub fn weighted_average(&self) -> ClassScore {
        self.average("weighted avg", |class| class.support as f64)
    }

    fn average(&self, name: &str, weight: impl Fn(&ClassScore) -> f64) -> ClassScore {
        let total: f64 = self.classes.iter().map(&weight).sum();
        let mean = |of: fn(&ClassScore) -> f64| {
            let sum: f64 = self.classes.iter().map(|class| of(class) * weight(class)).sum();
            if total == 0.0 { 0.0 } else { sum / total }
        };
        ClassScore {
            name: name.to_string(),
            precision: mean(|class| class.precision),
            recall: mean(|class| class.recall),
            f1: mean(|class| class.f1),
            support: self.classes.iter().map(|class| class.support).sum(),
        }
    }
}

impl fmt::Display for ClassificationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let averages = [self.macro_average(), self.weighted_average()];
        let longest = self.classes.iter().chain(&averages).map(|class| class.name.chars().count()).max();
        let width = longest.unwrap_or(0);
        writeln!(
            f,
            "{:>width$}  {:>9} {:>9} {:>9} {:>9}\n",
            "", "precision", "recall", "f1-score", "support"
        )?;
        let line = |f: &mut fmt::Formatter<'_>, class: &ClassScore| {
            let ClassScore { name, precision, recall, f1, support } = class;
            writeln!(f, "{name:>width$}  {precision:>9.2} {recall:>9.2} {f1:>9.2} {support:>9}")
        };
        self.classes.iter().try_for_each(|class| line(f, class))?;
        let support = averages[0].support;
        writeln!(f, "\n{:>width$}  {:>9} {:>9} {:>9.2} {support:>9}", "accuracy", "", "", self.accuracy)?;
        averages.iter().try_for_each(|class| line(f, class))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    /// The first example of scikit-learn's documentation of `classification_report`, and its text.
    #[test]
    fn a_report_is_that_of_scikit_learn() -> Result<()> {
        let matrix = ConfusionMatrix::new(&arr1(&[0, 1, 2, 2, 2]), &arr1(&[0usize, 0, 2, 2, 1]))?
            .class_names(["class 0", "class 1", "class 2"])?;
        let expected = "              precision    recall  f1-score   support

     class 0       0.50      1.00      0.67         1
     class 1       0.00      0.00      0.00         1
     class 2       1.00      0.67      0.80         3

    accuracy                           0.60         5
   macro avg       0.50      0.56      0.49         5
weighted avg       0.70      0.60      0.61         5
";
        assert_eq!(matrix.report().to_string(), expected);
        assert_eq!(matrix.counts(), &ndarray::arr2(&[[1, 0, 0], [1, 0, 0], [0, 1, 2]]));
        Ok(())
    }

    #[test]
    fn a_matrix_prints_as_a_table() -> Result<()> {
        let matrix = ConfusionMatrix::new(&arr1(&[0u8, 1, 1]), &arr1(&[0i64, 1, 0]))?
            .class_names(["no", "yes", "maybe"])?;
        let expected = "true  | predicted
      | no yes maybe
--------------------
no    |  1   0     0
yes   |  1   1     0
maybe |  0   0     0";
        assert_eq!(matrix.to_string(), expected);
        assert_eq!((matrix.count(1, 0), matrix.count(7, 0)), (1, 0));
        Ok(())
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let message =
            |t: &[f64], p: &[f64]| ConfusionMatrix::new(&arr1(t), &arr1(p)).unwrap_err().to_string();
        assert!(message(&[0.0, 1.5], &[0.0, 1.0]).contains("`y_true`: 1.5 of sample 1"));
        assert!(message(&[0.0], &[-1.0]).contains("`y_pred`: -1 of sample 0"));
        assert!(message(&[f64::NAN], &[0.0]).contains("NaN"));
        assert!(message(&[0.0], &[1e9]).contains("no class"));
        assert!(message(&[0.0], &[1.0, 2.0]).contains("1 true classes, and 2 predicted"));
        assert!(message(&[], &[]).contains("no samples"));
    }
}
