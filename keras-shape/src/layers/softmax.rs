use super::check::{axes_in, free, one, tri, weightless};
use crate::{Activates, Activation, Axes, Mask, Operands, Outputs, ShapeError, TensorSpec, Text};

layer! {
    /// `exp(x)` over its sum along an axis. [Keras](https://keras.io/api/layers/activation_layers/softmax/).
    pub struct Softmax {
        /// The axis, or several.
        axis: Axes = [-1 = Axes::LAST],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Softmax {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one("Softmax", inputs));
        tri!(axes_in("Softmax", "axis", self.axis.list, &input.shape));
        tri!(unmasked(input));
        Ok(Outputs::float(input.shape))
    }
}

weightless!(Softmax, Pass);

/// Keras would lay a mask of steps over the features, where it does not fit.
const fn unmasked(input: &TensorSpec) -> Result<(), ShapeError> {
    if !matches!(input.mask, Mask::Present) {
        return Ok(());
    }
    let text =
        Text::new().s("Softmax would lay the mask of padded steps over the features of ").shape(&input.shape);
    let help = Text::new()
        .s("write `mask = None` among its arguments, or use `activation = softmax` in the layer before");
    Err(ShapeError::new(text).help(help))
}

free!(Softmax);

facts!(Softmax {
    takes_ids: false,
    uses_batch: false,
    named_mask: Elements,
    activates: |layer| Some(Activates::Softmax(*layer)),
    activation_over: |layer| Some((Activation::Softmax, layer.axis)),
    as_operation: |_layer| Some(Operands::Tensor),
});
