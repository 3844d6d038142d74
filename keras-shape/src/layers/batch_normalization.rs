use super::check::{axis_in, defined, free, not_negative, one, share, tri};
use crate::{
    Clipping, Constraint, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, TensorSpec, Text,
    WeightSpec, Weights,
};

layer! {
    /// Brings each channel to mean 0 and variance 1, by the batch while training and by moving averages after.
    /// [Keras](https://keras.io/api/layers/normalization_layers/batch_normalization/).
    #[doc(alias("BatchNorm", "BatchNorm1d", "BatchNorm2d"))]
    pub struct BatchNormalization {
        /// The channel axis.
        axis: isize = [-1 = -1],
        /// How much of the old average each step keeps.
        momentum: f64 = 0.99,
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
        /// How the moving mean begins.
        moving_mean_initializer: Initializer = zeros,
        /// How the moving variance begins.
        moving_variance_initializer: Initializer = ones,
        /// What beta adds to the loss.
        beta_regularizer: Regularizer = None,
        /// What gamma adds to the loss.
        gamma_regularizer: Regularizer = None,
        /// What beta is held to.
        beta_constraint: Constraint = None,
        /// What gamma is held to.
        gamma_constraint: Constraint = None,
        /// Whether training corrects towards the moving averages (batch renormalisation).
        renorm: bool = false,
        /// The limits of that correction.
        renorm_clipping: Clipping = None,
        /// How much of the old average each step keeps that the correction uses.
        renorm_momentum: f64 = 0.99,
        /// Whether mean and variance are those of the batches of all processes that train together.
        synchronized: bool = false,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "BatchNormalization";

impl BatchNormalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one(CLASS, inputs));
        let axis = tri!(axis_in(CLASS, "axis", self.axis, &input.shape));
        tri!(defined(CLASS, "its `axis`", &input.shape, input.shape.dim(axis)));
        tri!(not_negative(CLASS, "epsilon", self.epsilon));
        tri!(share(CLASS, "momentum", self.momentum));
        tri!(share(CLASS, "renorm_momentum", self.renorm_momentum));
        if self.synchronized && !matches!(self.activity_regularizer, crate::Regularizer::None) {
            let text = Text::new()
                .s("BatchNormalization: with `activity_regularizer` no moments are `synchronized`");
            let help =
                Text::new().s("`=> ActivityRegularization(l2 = 0.01)` behind it adds the same to the loss");
            return Err(ShapeError::new(text).help(help).arg("activity_regularizer"));
        }
        if self.synchronized && self.renorm {
            let text =
                Text::new().s("BatchNormalization: with `renorm = true` no moments are `synchronized`");
            return Err(ShapeError::new(text)
                .help(Text::new().s("leave one of them out"))
                .arg("synchronized"));
        }
        tri!(self.limits());
        Ok(Outputs::float(input.shape))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let input = &inputs[0].shape;
        let axis = match input.axis(self.axis) {
            Some(axis) => axis,
            None => 0,
        };
        let shape = Shape::new(&[input.dim(axis)]);
        let (mean, variance) = (self.moving_mean_initializer, self.moving_variance_initializer);
        Weights::NONE
            .with_if(
                self.scale,
                WeightSpec::new("gamma", shape, self.gamma_initializer)
                    .regularizer(self.gamma_regularizer)
                    .constraint(self.gamma_constraint),
            )
            .with_if(
                self.center,
                WeightSpec::new("beta", shape, self.beta_initializer)
                    .regularizer(self.beta_regularizer)
                    .constraint(self.beta_constraint),
            )
            .with(WeightSpec::new("moving_mean", shape, mean).frozen())
            .with(WeightSpec::new("moving_variance", shape, variance).frozen())
            .with_if(self.renorm, WeightSpec::new("moving_stddev", shape, root(variance)).frozen())
            .with_if(self.renorm, WeightSpec::new("renorm_mean", shape, mean).frozen())
            .with_if(self.renorm, WeightSpec::new("renorm_stddev", shape, root(variance)).frozen())
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        // It leaves padding out of its averages where it can, but does not rest on that: no more than Keras does.
        MaskRule::Pass
    }

    /// What Keras checks of batch renormalisation.
    const fn limits(&self) -> Result<(), ShapeError> {
        let Clipping { rmax, rmin, dmax } = self.renorm_clipping;
        if let Some(dmax) = dmax {
            tri!(not_negative(CLASS, "renorm_clipping", dmax));
        }
        if let (Some(rmax), Some(rmin)) = (rmax, rmin)
            && rmax < rmin
        {
            let text = Text::new().s("BatchNormalization: in `renorm_clipping`, rmax of ").f(rmax);
            return Err(ShapeError::new(text.s(" is below rmin of ").f(rmin)).arg("renorm_clipping"));
        }
        match self.moving_variance_initializer {
            Initializer::Zeros | Initializer::Ones => Ok(()),
            Initializer::Constant(c) if c >= 0.0 => Ok(()),
            _ if !self.renorm => Ok(()),
            _ => {
                let text = Text::new()
                    .s("BatchNormalization: `renorm = true` takes the root of the first variance, ");
                let text = text.s("which `moving_variance_initializer` may make negative");
                let help = Text::new().s("use `ones`, `zeros` or a `Constant` of at least 0");
                Err(ShapeError::new(text).help(help).arg("moving_variance_initializer"))
            }
        }
    }
}

/// The initialiser of a standard deviation, from that of the variance.
const fn root(variance: Initializer) -> Initializer {
    let Initializer::Constant(c) = variance else { return variance };
    if c <= 0.0 {
        return Initializer::Zeros;
    }
    // Newton's method from above: each step halves the distance at worst.
    let mut x = if c > 1.0 { c } else { 1.0 };
    let mut i = 0;
    while i < 1100 {
        let next = 0.5 * (x + c / x);
        if next >= x {
            break;
        }
        x = next;
        i += 1;
    }
    Initializer::Constant(x)
}

free!(BatchNormalization);

facts!(BatchNormalization {
    takes_ids: false,
    uses_batch: true,
    named_mask: AllButLast,
    rounds: |_layer| crate::Rounds::Inputs,
});
