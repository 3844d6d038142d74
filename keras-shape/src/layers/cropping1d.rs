use super::check::{free, weightless};
use super::spatial::without_sides;
use crate::{Ints, Outputs, ShapeError, TensorSpec};

layer! {
    /// Takes off steps, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/cropping1d/).
    pub struct Cropping1D {
        /// How many before and after.
        cropping: Ints<2> = [1 = Ints::all(1)],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Cropping1D {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        without_sides("Cropping1D", inputs, &[self.cropping], None)
    }
}

weightless!(Cropping1D, Drop);
free!(Cropping1D);

facts!(Cropping1D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves
});
