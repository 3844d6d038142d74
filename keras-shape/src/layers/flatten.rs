use super::check::{free, one, tri, weightless};
use crate::{DataFormat, Dim, Outputs, Shape, ShapeError, TensorSpec};

layer! {
    /// Makes one axis of all but the batch axis. [Keras](https://keras.io/api/layers/reshaping_layers/flatten/).
    pub struct Flatten {
        /// `channels_first` moves the channels last before flattening.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Flatten {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one("Flatten", inputs));
        let size = if input.shape.rank() == 1 { Dim::Fixed(1) } else { input.shape.size_from(1) };
        let mut out = *input;
        out.shape = Shape::new(&[input.shape.batch(), size]);
        Ok(Outputs::one(out))
    }
}

weightless!(Flatten, Drop);

free!(Flatten);

facts!(Flatten {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves
});

impl crate::LayerConfig {
    /// Something to stand in until a layer is set.
    pub const PLACEHOLDER: Self = crate::LayerConfig::Flatten(Flatten::DEFAULT);
}
