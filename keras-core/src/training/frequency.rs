//! After which epochs `fit` validates.

use crate::{Error, Result};

/// After which epochs validation runs: Keras's `validation_freq`, a number of epochs or a list of epochs counted from 1.
///
/// ```
/// use keras_core::training::ValidationFreq;
///
/// assert_eq!(ValidationFreq::from(2), ValidationFreq::Every(2));
/// assert_eq!(ValidationFreq::from([1, 2, 10]), ValidationFreq::After(vec![1, 2, 10]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValidationFreq {
    /// After every so many epochs.
    Every(usize),
    /// After these epochs, the first of which is 1.
    After(Vec<usize>),
}

impl ValidationFreq {
    pub(super) fn check(&self) -> Result<()> {
        match self {
            ValidationFreq::Every(0) => Err(Error::Argument(
                "`validation_freq` must be at least 1: validation runs every so many epochs".into(),
            )),
            ValidationFreq::After(epochs) if epochs.contains(&0) => Err(Error::Argument(
                "`validation_freq`: found epoch 0 in the list; epochs are counted from 1 there".into(),
            )),
            _ => Ok(()),
        }
    }

    /// Whether validation runs after an epoch, counted from 0.
    pub(super) fn is_due(&self, epoch: usize) -> bool {
        match self {
            ValidationFreq::Every(n) => (epoch + 1).is_multiple_of((*n).max(1)),
            ValidationFreq::After(epochs) => epochs.contains(&(epoch + 1)),
        }
    }
}

impl From<usize> for ValidationFreq {
    fn from(every: usize) -> Self {
        ValidationFreq::Every(every)
    }
}

impl From<Vec<usize>> for ValidationFreq {
    fn from(epochs: Vec<usize>) -> Self {
        ValidationFreq::After(epochs)
    }
}

impl From<&[usize]> for ValidationFreq {
    fn from(epochs: &[usize]) -> Self {
        ValidationFreq::After(epochs.to_vec())
    }
}

impl<const N: usize> From<[usize; N]> for ValidationFreq {
    fn from(epochs: [usize; N]) -> Self {
        ValidationFreq::After(epochs.to_vec())
    }
}
