use super::categories::{dense, encoded, has_mode};
use super::check::{any, free, tri, weightless};
use crate::{Dim, Numbers, OutputMode, Outputs, ShapeError, Size, TensorSpec, Text};

layer! {
    /// For each number the one of its bin: how many of the boundaries are not above it.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/numerical/discretization/).
    ///
    /// Boundaries that are found in data come from `keras_core::preprocessing::Discretization`, before the model.
    #[doc(alias = "Bucketize")]
    pub struct Discretization {
        /// The boundaries between bins, in order.
        bin_boundaries: Option<Numbers> = None,
        /// Only `None`: bins whose boundaries are found in data.
        num_bins: Option<Size> = None,
        /// How exactly boundaries are found in data.
        epsilon: f64 = 0.01,
        /// `int`, `one_hot`, `multi_hot` or `count`.
        output_mode: OutputMode = int,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
    }
}

const CLASS: &str = "Discretization";

impl Discretization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        tri!(dense(CLASS, self.sparse));
        let has = !matches!(self.output_mode, OutputMode::TfIdf);
        tri!(has_mode(CLASS, self.output_mode, has, "`int`, `one_hot`, `multi_hot` or `count`"));
        let help = "find them in data before the model, by `adapt` of `keras_core::preprocessing::Discretization`, and write them here";
        if self.num_bins.is_some() {
            let text = Text::new().s("Discretization: the boundaries of `num_bins` bins are not known when the program is compiled");
            return Err(ShapeError::new(text).help(Text::new().s(help)).arg("num_bins"));
        }
        let Some(Numbers(bounds)) = self.bin_boundaries else {
            let text = Text::new().s("Discretization needs `bin_boundaries`, the numbers between its bins");
            return Err(ShapeError::new(text).help(Text::new().s(help)));
        };
        let mut i = 1;
        while i < bounds.len() {
            if bounds[i] < bounds[i - 1] {
                let text =
                    Text::new().s("Discretization: `bin_boundaries` are in order, and ").f(bounds[i - 1]);
                return Err(ShapeError::new(text.s(" comes before ").f(bounds[i])).arg("bin_boundaries"));
            }
            i += 1;
        }
        let rank = shape.rank();
        if rank > 2
            && rank < crate::MAX_RANK
            && matches!(self.output_mode, OutputMode::MultiHot | OutputMode::Count)
        {
            // Over the second axis, as in Keras.
            return Ok(Outputs::float(shape.remove(1).push(Dim::Fixed(bounds.len() + 1))));
        }
        encoded(CLASS, &shape, self.output_mode, Dim::Fixed(bounds.len() + 1))
    }
}

weightless!(Discretization, Drop);
free!(Discretization);

facts!(Discretization { takes_ids: false, uses_batch: false, named_mask: None });
