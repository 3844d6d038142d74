use super::categories::{dense, encoded, has_mode};
use super::check::{any, free, tri, weightless};
use crate::geometry::positive;
use crate::{OutputMode, Outputs, ShapeError, Size, TensorSpec, Text};

layer! {
    /// Numbers of categories as zeros and ones: `(batch, n)` to `(batch, num_tokens)`.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/category_encoding/).
    ///
    /// A number that is no category, below 0 or from `num_tokens` on, counts for nothing.
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
        let shape = tri!(any(CLASS, inputs));
        tri!(dense(CLASS, self.sparse));
        let has = !matches!(self.output_mode, OutputMode::Int | OutputMode::TfIdf);
        tri!(has_mode(CLASS, self.output_mode, has, "`multi_hot`, `one_hot` or `count`"));
        let Some(size) = self.num_tokens else {
            let text = Text::new().s("CategoryEncoding needs `num_tokens`, the number of categories");
            let help = Text::new().s("where it is not known, `IntegerLookup(vocabulary = [...])` numbers the categories first");
            return Err(ShapeError::new(text).help(help));
        };
        tri!(positive(CLASS, "num_tokens", size));
        encoded(CLASS, &shape, self.output_mode, size.dim())
    }
}

weightless!(CategoryEncoding, Drop);
free!(CategoryEncoding);

facts!(CategoryEncoding { takes_ids: true, uses_batch: false, named_mask: None });
