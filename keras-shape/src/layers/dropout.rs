use super::check::{any, free, share, tri, weightless};
use crate::geometry::zero;
use crate::{Dim, Extent, Extents, Outputs, Shape, ShapeError, TensorSpec, Text};

layer! {
    /// While training, sets a share of the numbers to 0 and scales up the rest.
    /// [Keras](https://keras.io/api/layers/regularization_layers/dropout/).
    pub struct Dropout {
        /// The share that is dropped.
        rate: f64,
        /// The shape in which it is decided what to drop, batch axis included: `(None, 1, None)` drops whole features.
        noise_shape: Option<Extents> = None,
        /// Makes the choice the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Dropout {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any("Dropout", inputs));
        tri!(share("Dropout", "rate", self.rate));
        if let Some(noise) = self.noise_shape {
            tri!(fits("Dropout", noise.0, &shape));
        }
        Ok(Outputs::float(shape))
    }
}

weightless!(Dropout, Pass);

/// Each axis of the noise is 1 or as long as the input's.
pub(super) const fn fits(class: &str, noise: &[Extent], shape: &Shape) -> Result<(), ShapeError> {
    if noise.len() != shape.rank() {
        let text =
            Text::new().s(class).s(": `noise_shape` has ").n(noise.len()).s(" axes; the input ").shape(shape);
        let text = text.s(" has ").n(shape.rank()).s(", the batch axis included");
        let help = Text::new().s("`None` stands for the input's own length of an axis");
        return Err(ShapeError::new(text).help(help).arg("noise_shape"));
    }
    let mut i = 0;
    while i < noise.len() {
        let length = match noise[i] {
            Extent::Free => shape.dim(i),
            Extent::Size(size) if size.is_zero() => return Err(zero(class, "noise_shape")),
            Extent::Size(size) => size.dim(),
            Extent::Rest => {
                let text = Text::new().s(class).s(": `noise_shape` takes lengths and `None`, found -1");
                return Err(ShapeError::new(text).arg("noise_shape"));
            }
        };
        if length.clashes(shape.dim(i)) && !matches!(length, Dim::Fixed(1)) {
            let text = Text::new().s(class).s(": axis ").n(i).s(" of `noise_shape` is ").d(length);
            let text = text.s("; the input ").shape(shape).s(" has ").d(shape.dim(i));
            let help = Text::new()
                .s("it is 1, to drop along the whole axis, or the input's length, which `None` stands for");
            return Err(ShapeError::new(text).help(help).arg("noise_shape"));
        }
        i += 1;
    }
    Ok(())
}

free!(Dropout);

facts!(Dropout { takes_ids: false, uses_batch: false, named_mask: None });
