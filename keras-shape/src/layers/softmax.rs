use super::check::{axes_in, no_mask, one, tri, weightless};
use crate::{Axes, Outputs, ShapeError, TensorSpec};

layer! {
    /// `exp(x)` over its sum along an axis. [Keras](https://keras.io/api/layers/activation_layers/softmax/).
    pub struct Softmax {
        /// The axis, or several.
        axis: Axes = Axes::LAST,
    }
}

impl Softmax {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one("Softmax", inputs));
        tri!(axes_in("Softmax", "axis", self.axis.list, &input.shape));
        if input.shape.rank() != 2 {
            tri!(no_mask("Softmax", input, "(batch, time)"));
        }
        Ok(Outputs::float(input.shape))
    }
}

weightless!(Softmax, Pass);
