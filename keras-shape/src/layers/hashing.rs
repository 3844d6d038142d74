use super::categories::{buckets, dense, encoded, has_mode, salt};
use super::check::{any, free, tri, weightless};
use crate::{DType, Integers, OutputMode, Outputs, ShapeError, Size, TensorSpec, Text, Token};

layer! {
    /// For each integer a bucket, by the hash of its digits, or for each string by its own; the numbers are those of Keras.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/hashing/).
    pub struct Hashing {
        /// How many buckets there are.
        num_bins: Size,
        /// The integer or string that bucket 0 is kept for.
        mask_value: Option<Token> = None,
        /// A key of one or two numbers, with which SipHash is the hash; FarmHash if `None`.
        salt: Option<Integers> = None,
        /// `int`, `one_hot`, `multi_hot` or `count`.
        output_mode: OutputMode = int,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
    }
}

const CLASS: &str = "Hashing";

impl Hashing {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        tri!(dense(CLASS, self.sparse));
        tri!(buckets(CLASS, self.num_bins));
        tri!(salt(CLASS, self.salt));
        let text = matches!(self.mask_value, Some(Token::Text(_)));
        if self.mask_value.is_some() && text != matches!(inputs[0].dtype, DType::String) {
            let (value, input) = if text { ("string", "integers") } else { ("number", "strings") };
            let message =
                Text::new().s("Hashing: `mask_value` is a ").s(value).s(", and the input is of ").s(input);
            return Err(ShapeError::new(message).arg("mask_value"));
        }
        let has = !matches!(self.output_mode, OutputMode::TfIdf);
        tri!(has_mode(CLASS, self.output_mode, has, "`int`, `one_hot`, `multi_hot` or `count`"));
        encoded(CLASS, &shape, self.output_mode, self.num_bins.dim())
    }
}

weightless!(Hashing, Drop);
free!(Hashing);

facts!(Hashing {
    takes_ids: true,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Too
});
