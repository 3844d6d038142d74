//! An output that is not trained.

use keras_ops::{self as ops, Symbolic};

use super::pair::at_least_one_axis;
use super::{Loss, Target};
use crate::Result;
use crate::training::target::AnyTarget;

/// Keras's `None` in the place of the loss of an output: the output adds nothing to the loss, its metrics are counted, and
/// the logs have no loss of it. Its targets are as those of a mean squared error; those of a model that is read from a file may
/// be class numbers too. A model needs one output that has a loss.
///
/// ```
/// use keras_core::prelude::*;
/// use keras_core::training::losses::NoLoss;
/// use ndarray::Array2;
///
/// let model = model! {
///     let x = Input(4);
///     let price = x => Dense(1);
///     let size = x => Dense(2);
///     (price, size)
/// };
/// let mut model = model.compile("sgd", (MeanSquaredError, NoLoss), ((), "mae"));
/// let (x, price, size) = (Array2::<f32>::ones((8, 4)), Array2::<f32>::ones((8, 1)), Array2::<f32>::ones((8, 2)));
/// let history = model.fit(&x, (&price, &size)).verbose(0).run()?;
/// assert_eq!(history.names().collect::<Vec<_>>(), ["dense_1_mae", "loss"]);
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Source: <https://keras.io/api/models/model_training_apis/#compile-method> (`loss`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoLoss;

impl NoLoss {
    /// No loss; it takes no arguments.
    pub fn new() -> Self {
        Self
    }
}

#[diagnostic::do_not_recommend]
impl Loss for NoLoss {
    const TARGET: Target = Target::Any;
    type Targets = AnyTarget;

    fn name(&self) -> &'static str {
        "no_loss"
    }

    /// Zero, whatever the output: one that is not finite makes neither it nor its gradient so.
    fn call(&self, _y_true: &Symbolic, y_pred: &Symbolic) -> Result<Symbolic> {
        let zeros = ops::where_(false, y_pred, 0.0);
        Ok(if zeros.ndim() == 0 { at_least_one_axis(zeros) } else { at_least_one_axis(ops::mean(zeros, -1)) })
    }

    fn is_none(&self) -> bool {
        true
    }
}
