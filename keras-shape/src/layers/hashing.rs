use super::categories::{buckets, dense, encoded, has_mode, salt};
use super::check::{any, free, tri, weightless};
use crate::{Integers, OutputMode, Outputs, ShapeError, Size, TensorSpec};

layer! {
    /// For each integer a bucket, by the hash of its digits; the numbers are those of Keras.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/hashing/).
    ///
    /// Words are hashed by `keras_core::preprocessing::Hashing`, before the model.
    pub struct Hashing {
        /// How many buckets there are.
        num_bins: Size,
        /// The integer that bucket 0 is kept for.
        mask_value: Option<isize> = None,
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
        let has = !matches!(self.output_mode, OutputMode::TfIdf);
        tri!(has_mode(CLASS, self.output_mode, has, "`int`, `one_hot`, `multi_hot` or `count`"));
        encoded(CLASS, &shape, self.output_mode, self.num_bins.dim())
    }
}

weightless!(Hashing, Drop);
free!(Hashing);

facts!(Hashing { takes_ids: true, uses_batch: false, named_mask: None });
