use super::check::{any, axes_in, defined, free, not_negative, tri};
use crate::{Axes, Initializer, MaskRule, Outputs, Shape, ShapeError, TensorSpec, Text, WeightSpec, Weights};

layer! {
    /// Divides by the root of the mean of the squares over the axes, and multiplies by a scale that is learnt
    /// ([Zhang and Sennrich](https://arxiv.org/abs/1910.07467)).
    /// [Keras](https://keras.io/api/layers/normalization_layers/rms_normalization/).
    #[doc(alias = "RMSNorm")]
    pub struct RMSNormalization {
        /// The axis, or several, over which the mean is taken: the last ones, as the scale of Keras has them.
        axis: Axes = [-1 = Axes::LAST],
        /// Added to the mean of the squares.
        epsilon: f64 = 1e-6,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "RMSNormalization";

impl RMSNormalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        let chosen = tri!(axes_in(CLASS, "axis", self.axis.list, &shape));
        tri!(not_negative(CLASS, "epsilon", self.epsilon));
        let mut i = 0;
        while i < shape.rank() {
            if chosen[i] {
                tri!(defined(CLASS, "its `axis`", &shape, shape.dim(i)));
            }
            // Keras multiplies by a scale that has the lengths of the axes, whichever they are, and only the last axes
            // are where that belongs.
            if chosen[i] != (i + self.axis.list.len() >= shape.rank()) {
                let text = Text::new().s("RMSNormalization takes the last axes of its input ").shape(&shape);
                let help =
                    Text::new().s("bring the axis to the end with `Permute`, or use `LayerNormalization`");
                return Err(ShapeError::new(text).help(help).arg("axis"));
            }
            i += 1;
        }
        Ok(Outputs::float(shape))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let input = inputs[0].shape;
        let mut shape = Shape::new(&[]);
        let mut axis = input.rank().saturating_sub(self.axis.list.len());
        while axis < input.rank() {
            shape = shape.push(input.dim(axis));
            axis += 1;
        }
        Weights::NONE.with(WeightSpec::new("scale", shape, Initializer::Ones))
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Drop
    }
}

free!(RMSNormalization);

facts!(RMSNormalization { takes_ids: false, uses_batch: false, named_mask: None });
