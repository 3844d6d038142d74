use super::check::{free, one, tri, weightless};
use crate::{Outputs, ShapeError, TensorSpec, Text};

layer! {
    /// Marks steps whose features all equal `mask_value`: later layers skip them.
    /// [Keras](https://keras.io/api/layers/core_layers/masking/).
    pub struct Masking {
        /// What padding is filled with.
        mask_value: f64 = 0.0,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Masking {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one("Masking", inputs));
        if input.shape.rank() < 2 {
            let text = Text::new()
                .s("Masking needs (batch, ..., features), 2 axes or more; the input ")
                .shape(&input.shape)
                .s(" has ")
                .n(input.shape.rank());
            let help = Text::new().s("`Reshape((1,))` makes one feature of each number");
            return Err(ShapeError::new(text).help(help));
        }
        Ok(Outputs::one(*input))
    }
}

weightless!(Masking, Make);

free!(Masking);

facts!(Masking {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    mask_from: |layer| crate::MaskFrom::Other(layer.mask_value),
});
