use super::check::{free, ranked, tri, weightless};
use crate::geometry::positive;
use crate::{Outputs, Shape, ShapeError, Size, TensorSpec};

layer! {
    /// Repeats a vector as the steps of a sequence, `(batch, features)` to `(batch, n, features)`.
    /// [Keras](https://keras.io/api/layers/reshaping_layers/repeat_vector/).
    pub struct RepeatVector {
        /// The number of steps.
        n: Size,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RepeatVector {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(ranked("RepeatVector", inputs, 2, "(batch, features)"));
        tri!(positive("RepeatVector", "n", self.n));
        let mut out = inputs[0];
        out.shape = Shape::new(&[shape.batch(), self.n.dim(), shape.last()]);
        Ok(Outputs::one(out))
    }
}

weightless!(RepeatVector, Drop);

free!(RepeatVector);

facts!(RepeatVector {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves
});
