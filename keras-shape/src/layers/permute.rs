use super::check::{free, one, tri, weightless};
use crate::{Axes, MAX_RANK, Outputs, Shape, ShapeError, TensorSpec, Text};

layer! {
    /// Puts the axes in another order. [Keras](https://keras.io/api/layers/reshaping_layers/permute/).
    #[doc(alias = "Transpose")]
    pub struct Permute {
        /// The new order; axes are counted from 1, the batch axis stays.
        dims: Axes,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl Permute {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one("Permute", inputs));
        let (dims, shape) = (self.dims.list, &input.shape);
        if self.dims.bare {
            let text = Text::new().s("Permute: `dims` is a tuple, found one number");
            return Err(ShapeError::new(text).help(Text::new().s("as `Permute((2, 1))`")).arg("dims"));
        }
        if dims.len() + 1 != shape.rank() {
            let text = Text::new()
                .s("Permute: `dims` names ")
                .n(dims.len())
                .s(if dims.len() == 1 { " axis" } else { " axes" })
                .s("; the input ")
                .shape(shape);
            let text = text.s(" has ").n(shape.rank().saturating_sub(1)).s(" besides the batch axis");
            return Err(ShapeError::new(text).arg("dims"));
        }
        let mut seen = [false; MAX_RANK];
        let mut out = Shape::new(&[shape.batch()]);
        let mut i = 0;
        while i < dims.len() {
            let axis = dims[i];
            if axis < 1 || axis as usize > dims.len() || seen[axis as usize] {
                let text = Text::new().s("Permute: `dims` must name each axis from 1 to ").n(dims.len());
                let text = text.s(" once; found ").i(axis);
                let text = if axis >= 1 && axis as usize <= dims.len() { text.s(" twice") } else { text };
                let help = Text::new().s("axis 0, the batch axis, stays and is not named");
                return Err(ShapeError::new(text).help(help).arg("dims"));
            }
            seen[axis as usize] = true;
            out = out.push(shape.dim(axis as usize));
            i += 1;
        }
        let mut spec = *input;
        spec.shape = out;
        Ok(Outputs::one(spec))
    }
}

weightless!(Permute, Drop);

free!(Permute);

facts!(Permute {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Moves
});
