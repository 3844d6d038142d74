use super::check::{any, axes_in, free, tri, weightless};
use crate::{Axes, Outputs, ShapeError, TensorSpec};

layer! {
    /// Divides by the Euclidean norm over the axes, so that it becomes 1; numbers that are all 0 stay 0.
    /// [Keras](https://keras.io/api/layers/normalization_layers/unit_normalization/).
    #[doc(alias = "L2Normalize")]
    pub struct UnitNormalization {
        /// The axis, or several, over which the norm is taken.
        axis: Axes = [-1 = Axes::LAST],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl UnitNormalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("UnitNormalization", inputs));
        tri!(axes_in("UnitNormalization", "axis", self.axis.list, &shape));
        Ok(Outputs::float(shape))
    }
}

weightless!(UnitNormalization, Pass);
free!(UnitNormalization);

facts!(UnitNormalization { takes_ids: false, uses_batch: false, named_mask: None });
