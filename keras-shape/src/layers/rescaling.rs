use super::check::{any, free, tri, weightless};
use crate::{Dim, Numbers, Outputs, Shape, ShapeError, TensorSpec, Text};

layer! {
    /// `x * scale + offset`. [Keras](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling/).
    pub struct Rescaling {
        /// The factor, or one for each channel.
        scale: Numbers,
        /// What is added, or one for each channel.
        offset: Numbers = [0.0 = Numbers(&[0.0])],
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Rescaling {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("Rescaling", inputs));
        tri!(per_channel("scale", self.scale, &shape));
        tri!(per_channel("offset", self.offset, &shape));
        Ok(Outputs::float(shape))
    }
}

weightless!(Rescaling, Pass);

/// One number, or as many as the last axis has channels.
const fn per_channel(arg: &'static str, numbers: Numbers, shape: &Shape) -> Result<(), ShapeError> {
    let n = numbers.0.len();
    if n == 1 || !shape.last().clashes(Dim::Fixed(n)) {
        return Ok(());
    }
    let text =
        Text::new().s("Rescaling: `").s(arg).s("` has ").n(n).s(" numbers; the last axis of the input ");
    let text = text.shape(shape).s(" has ").d(shape.last()).s(" channels");
    Err(ShapeError::new(text).help(Text::new().s("give one number, or one for each channel")).arg(arg))
}

free!(Rescaling);

facts!(Rescaling { takes_ids: false, uses_batch: false, named_mask: None });
