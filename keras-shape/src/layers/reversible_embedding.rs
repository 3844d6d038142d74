use super::check::{defined, one, tri};
use super::embedding::Embedding;
use crate::arg::OnlyFloat32;
use crate::cost::{MultiplyAdds, along};
use crate::{
    Constraint, Initializer, MaskRule, Outputs, Regularizer, Shape, ShapeError, Size, TensorSpec, Text,
    WeightSpec, Weights, wording,
};

layer! {
    /// Looks up a vector for each number, `(batch, ...)` to `(batch, ..., output_dim)`; called with `reverse = true`, it
    /// goes back from vectors to a number for each row, `(batch, ..., output_dim)` to `(batch, ..., input_dim)`.
    /// [Keras](https://keras.io/api/layers/core_layers/reversible_embedding/).
    pub struct ReversibleEmbedding {
        /// How many numbers there are: ids run from 0 to `input_dim - 1`.
        input_dim: Size,
        /// The size of a vector.
        output_dim: Size,
        /// Whether it goes back by the transpose of `embeddings`, and not by a weight of its own.
        tie_weights: bool = true,
        /// How the vectors begin.
        embeddings_initializer: Initializer = uniform,
        /// What the vectors add to the loss.
        embeddings_regularizer: Regularizer = None,
        /// What the vectors are held to.
        embeddings_constraint: Constraint = None,
        /// Whether the id 0 is padding, which later layers skip.
        mask_zero: bool = false,
        /// In which type it goes back: `float32`.
        reverse_dtype: OnlyFloat32 = None,
        /// Brings what it gives on the way back between this and its negative, by `tanh`.
        logit_soft_cap: Option<f64> = None,
        /// Whether it goes back; usually said of a call, `x => embedding(reverse = true)`.
        reverse: bool = false,
    }
}

const CLASS: &str = "ReversibleEmbedding";

impl ReversibleEmbedding {
    /// What looks ids up.
    pub const fn embedding(&self) -> Embedding {
        Embedding {
            input_dim: self.input_dim,
            output_dim: self.output_dim,
            embeddings_initializer: self.embeddings_initializer,
            embeddings_regularizer: self.embeddings_regularizer,
            embeddings_constraint: self.embeddings_constraint,
            mask_zero: self.mask_zero,
            ..Embedding::DEFAULT
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        if let Some(cap) = self.logit_soft_cap
            && (cap == 0.0 || cap.is_nan())
        {
            let text =
                Text::new().s("ReversibleEmbedding: `logit_soft_cap` is what it divides by, and not 0");
            return Err(ShapeError::new(text).arg("logit_soft_cap"));
        }
        let looked_up = tri!(self.embedding().rule(CLASS, inputs));
        if !self.reverse {
            return Ok(looked_up);
        }
        let shape = tri!(one(CLASS, inputs)).shape;
        if shape.rank() < 2 {
            let help = Text::new().s("`Reshape((1,))` makes one feature of each number");
            return Err(wording::too_few_axes(CLASS, &shape, 2, "(batch, ..., features)", help));
        }
        tri!(defined(CLASS, "the last axis", &shape, shape.last()));
        if shape.last().clashes(self.output_dim.dim()) {
            let text = Text::new().s(CLASS).s(" goes back from vectors of ").d(self.output_dim.dim());
            let text = text.s(" numbers, its `output_dim`; the input is ").shape(&shape);
            let help =
                Text::new().s("`Dense(").d(self.output_dim.dim()).s(")` before it brings the features there");
            return Err(ShapeError::new(text).help(help).arg("reverse"));
        }
        Ok(Outputs::float(shape.with_last(self.input_dim.dim())))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let back = Shape::new(&[self.output_dim.dim(), self.input_dim.dim()]);
        let back = WeightSpec::new("reverse_embeddings", back, self.embeddings_initializer);
        self.embedding().weights(inputs).with_if(!self.tie_weights, back)
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        if self.reverse { MaskRule::Drop } else { self.embedding().mask_rule() }
    }

    /// The multiply-adds of one sample: those of the way back.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        if !self.reverse {
            return MultiplyAdds::default();
        }
        let input = inputs[0].shape;
        let kernel = MultiplyAdds::new(1).times(self.input_dim.dim()).times(self.output_dim.dim());
        along(kernel, &input, 1..input.rank().saturating_sub(1))
    }

    pub(crate) const fn facts(&self) -> crate::Facts {
        // Back it goes from vectors.
        let mask_from = crate::MaskFrom::Hidden;
        crate::Facts { takes_ids: !self.reverse, mask_from, ..self.embedding().facts() }
    }
}
