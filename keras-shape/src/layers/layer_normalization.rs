use super::check::{axes_in, defined, free, not_negative, one, tri, weight};
use crate::{
    Axes, Constraint, Initializer, MAX_RANK, MaskRule, Outputs, Regularizer, Shape, ShapeError, TensorSpec,
    Weights,
};

layer! {
    /// Brings each sample (each step of a sequence) to mean 0 and variance 1.
    /// [Keras](https://keras.io/api/layers/normalization_layers/layer_normalization/).
    #[doc(alias = "LayerNorm")]
    pub struct LayerNormalization {
        /// The axis, or several, over which mean and variance are taken.
        axis: Axes = [-1 = Axes::LAST],
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
        /// Keras's deprecated scaling: by the standard deviation, without taking off the mean.
        rms_scaling: bool = false,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "LayerNormalization";

impl LayerNormalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(one(CLASS, inputs)).shape;
        let chosen = tri!(axes_in(CLASS, "axis", self.axis.list, &shape));
        tri!(not_negative(CLASS, "epsilon", self.epsilon));
        let mut i = 0;
        while i < shape.rank() {
            if chosen[i] && (self.has_gamma() || self.has_beta()) {
                tri!(defined(CLASS, "its `axis`", &shape, shape.dim(i)));
            }
            i += 1;
        }
        Ok(Outputs::float(shape))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let shape = self.normalized(&inputs[0].shape);
        Weights::NONE
            .with_if(
                self.has_gamma(),
                weight!(self, "gamma", shape, gamma_initializer, gamma_regularizer, gamma_constraint),
            )
            .with_if(
                self.has_beta(),
                weight!(self, "beta", shape, beta_initializer, beta_regularizer, beta_constraint),
            )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Pass
    }

    /// Whether there is a factor.
    pub const fn has_gamma(&self) -> bool {
        self.scale || self.rms_scaling
    }

    /// Whether there is something to add.
    pub const fn has_beta(&self) -> bool {
        self.center && !self.rms_scaling
    }

    /// The axes that are normalised, in Keras's order: sorted as they were written, negative ones first.
    const fn normalized(&self, input: &Shape) -> Shape {
        let mut shape = Shape::new(&[]);
        let mut axis = -(MAX_RANK as isize);
        while axis < MAX_RANK as isize {
            let mut i = 0;
            while i < self.axis.list.len() {
                if self.axis.list[i] == axis
                    && let Some(at) = input.axis(axis)
                {
                    shape = shape.push(input.dim(at));
                }
                i += 1;
            }
            axis += 1;
        }
        shape
    }
}

free!(LayerNormalization);

facts!(LayerNormalization {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    rounds: |_layer| crate::Rounds::Outputs,
});
