use super::categories::{dense, encoded, has_mode};
use super::check::{any, free, tri, weightless};
use crate::geometry::positive;
use crate::{OutputMode, Outputs, Role, Shape, ShapeError, Size, TensorSpec, Text};

layer! {
    /// Numbers of categories as zeros and ones: `(batch, n)` to `(batch, num_tokens)`.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/category_encoding/).
    ///
    /// A number that is no category, below 0 or from `num_tokens` on, counts for nothing. With `output_mode = count` each
    /// number may count as much as another tensor says: `x => CategoryEncoding(9, output_mode = count, count_weights = w)`.
    #[doc(alias = "OneHot")]
    pub struct CategoryEncoding {
        /// How many categories there are, numbered from 0.
        num_tokens: Option<Size> = None,
        /// `multi_hot`, `one_hot` or `count`.
        output_mode: OutputMode = multi_hot,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
    }
}

const CLASS: &str = "CategoryEncoding";

impl CategoryEncoding {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let weighted = inputs.len() == 2 && matches!(inputs[1].role, Role::CountWeights);
        let shape = tri!(any(CLASS, if weighted { inputs.split_at(1).0 } else { inputs }));
        tri!(dense(CLASS, self.sparse));
        let has = !matches!(self.output_mode, OutputMode::Int | OutputMode::TfIdf);
        tri!(has_mode(CLASS, self.output_mode, has, "`multi_hot`, `one_hot` or `count`"));
        let Some(size) = self.num_tokens else {
            let text = Text::new().s("CategoryEncoding needs `num_tokens`, the number of categories");
            let help = Text::new()
                .s("where it is not known, `IntegerLookup(vocabulary = [...])` numbers the categories first");
            return Err(ShapeError::new(text).help(help));
        };
        tri!(positive(CLASS, "num_tokens", size));
        if weighted {
            tri!(self.check_weights(&shape, &inputs[1].shape));
        }
        encoded(CLASS, &shape, self.output_mode, size.dim())
    }
}

impl CategoryEncoding {
    const fn check_weights(&self, shape: &Shape, weights: &Shape) -> Result<(), ShapeError> {
        const ARG: &str = "count_weights";
        if !matches!(self.output_mode, OutputMode::Count) {
            let text = Text::new().s("CategoryEncoding: `count_weights` says how much each number counts, and here nothing is counted");
            let help = Text::new().s("write `output_mode = count`, or leave `count_weights` out");
            return Err(ShapeError::new(text).help(help).arg(ARG));
        }
        let mut fits = shape.rank() == weights.rank();
        let mut axis = 0;
        while fits && axis < shape.rank() {
            fits = !shape.dim(axis).clashes(weights.dim(axis));
            axis += 1;
        }
        if fits {
            return Ok(());
        }
        let text = Text::new().s("CategoryEncoding: `count_weights` has a number for each of ").shape(shape);
        Err(ShapeError::new(text.s("; found ").shape(weights)).arg(ARG))
    }
}

weightless!(CategoryEncoding, Drop);
free!(CategoryEncoding);

facts!(CategoryEncoding {
    takes_ids: true,
    uses_batch: false,
    named_mask: None,
    count_weights: |_layer| true
});
