use super::check::{any, axis_in, defined, free, not_negative, tri, weight};
use crate::{
    Constraint, Dim, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, TensorSpec, Text,
    Weights,
};

layer! {
    /// Brings each group of channels of each sample to mean 0 and variance 1
    /// ([Wu and He](https://arxiv.org/abs/1803.08494)).
    /// [Keras](https://keras.io/api/layers/normalization_layers/group_normalization/).
    #[doc(alias("GroupNorm", "InstanceNorm"))]
    pub struct GroupNormalization {
        /// The number of groups, of which the number of channels is a multiple; -1 makes one of each channel.
        groups: isize = 32,
        /// The axis of the channels.
        axis: isize = [-1 = -1],
        /// Added to the variance.
        epsilon: f64 = 1e-3,
        /// Whether `beta` is added.
        center: bool = true,
        /// Whether the result is multiplied by `gamma`.
        scale: bool = true,
        /// How beta begins.
        beta_initializer: Initializer = zeros,
        /// How gamma begins.
        gamma_initializer: Initializer = ones,
        /// What beta adds to the loss.
        beta_regularizer: Regularizer = None,
        /// What gamma adds to the loss.
        gamma_regularizer: Regularizer = None,
        /// What beta is held to.
        beta_constraint: Constraint = None,
        /// What gamma is held to.
        gamma_constraint: Constraint = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "GroupNormalization";

impl GroupNormalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        let axis = tri!(axis_in(CLASS, "axis", self.axis, &shape));
        tri!(not_negative(CLASS, "epsilon", self.epsilon));
        if axis == 0 {
            let text = Text::new().s("GroupNormalization: axis 0 is the batch, which has no channels");
            let help = Text::new().s("`axis` is the axis of the channels: -1, or 1 for `channels_first`");
            return Err(ShapeError::new(text).help(help).arg("axis"));
        }
        tri!(defined(CLASS, "its `axis`", &shape, shape.dim(axis)));
        if self.groups == 0 || self.groups < -1 {
            let text = Text::new()
                .s("GroupNormalization: `groups` is 1 or more, or -1 for one of each channel; found ");
            return Err(ShapeError::new(text.i(self.groups)).arg("groups"));
        }
        if let Dim::Fixed(channels) = shape.dim(axis)
            && self.groups > 0
            && !channels.is_multiple_of(self.groups as usize)
        {
            let text =
                Text::new().s("GroupNormalization: ").n(channels).s(" channels make no ").i(self.groups);
            let text = text.s(" equal groups; the input is ").shape(&shape);
            let help =
                Text::new().s("`groups` is a divisor of ").n(channels).s(", or -1 for one of each channel");
            return Err(ShapeError::new(text).help(help).arg("groups"));
        }
        Ok(Outputs::float(shape))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let input = inputs[0].shape;
        let channels = match input.axis(self.axis) {
            Some(at) => input.dim(at),
            None => Dim::NONE,
        };
        let shape = Shape::new(&[channels]);
        Weights::NONE
            .with_if(
                self.scale,
                weight!(self, "gamma", shape, gamma_initializer, gamma_regularizer, gamma_constraint),
            )
            .with_if(
                self.center,
                weight!(self, "beta", shape, beta_initializer, beta_regularizer, beta_constraint),
            )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Pass
    }
}

free!(GroupNormalization);

facts!(GroupNormalization {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    rounds: |_layer| crate::Rounds::Outputs,
});
