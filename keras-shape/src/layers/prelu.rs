use super::check::{any, defined, free, tri};
use crate::{
    Axes, Constraint, Dim, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, TensorSpec, Text,
    WeightSpec, Weights,
};

layer! {
    /// `x`, and `alpha * x` below 0, with an `alpha` that is learnt.
    /// [Keras](https://keras.io/api/layers/activation_layers/prelu/).
    pub struct PReLU {
        /// How the slopes begin.
        alpha_initializer: Initializer = zeros,
        /// What the slopes add to the loss.
        alpha_regularizer: Regularizer = None,
        /// What the slopes are held to.
        alpha_constraint: Constraint = None,
        /// The axes along which one slope is shared, counted from 1.
        shared_axes: Option<Axes> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "PReLU";

impl PReLU {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        let mut i = 0;
        while i < self.shared().len() {
            let axis = self.shared()[i];
            if axis < 1 || axis >= shape.rank() as isize {
                let text = Text::new().s("PReLU: `shared_axes` are numbered from 1 (0 is the batch) to ");
                let text = text
                    .n(shape.rank().saturating_sub(1))
                    .s(" for the input ")
                    .shape(&shape)
                    .s("; found ")
                    .i(axis);
                return Err(ShapeError::new(text).arg("shared_axes"));
            }
            i += 1;
        }
        let slopes = self.slopes(&shape);
        let mut i = 0;
        while i < slopes.rank() {
            if let Err(error) = defined(CLASS, "each axis that is not shared", &shape, slopes.dim(i)) {
                let help = Text::new().s("share the slopes along it: `shared_axes = [").n(i + 1).s("]`");
                return Err(error.help(help));
            }
            i += 1;
        }
        Ok(Outputs::float(shape))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        Weights::NONE.with(
            WeightSpec::new("alpha", self.slopes(&inputs[0].shape), self.alpha_initializer)
                .regularizer(self.alpha_regularizer)
                .constraint(self.alpha_constraint),
        )
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Pass
    }

    const fn shared(&self) -> &'static [isize] {
        match self.shared_axes {
            Some(axes) => axes.list,
            None => &[],
        }
    }

    /// The input's axes without the batch, 1 where slopes are shared.
    const fn slopes(&self, input: &Shape) -> Shape {
        let mut shape = input.remove(0);
        let mut i = 0;
        while i < self.shared().len() {
            let axis = self.shared()[i];
            if axis >= 1 {
                shape = shape.with(axis as usize - 1, Dim::Fixed(1));
            }
            i += 1;
        }
        shape
    }
}

free!(PReLU);

facts!(PReLU { takes_ids: false, uses_batch: false, named_mask: None });
