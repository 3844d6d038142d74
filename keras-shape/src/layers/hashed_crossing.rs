use super::categories::{buckets, dense, encoded, has_mode};
use super::check::{free, tri, weightless};
use crate::{Dim, ErrorKind, OutputMode, Outputs, ShapeError, Size, TensorSpec, Text, wording};

layer! {
    /// For each sample one bucket for its integers or strings in several columns together, each `(batch,)` or `(batch, 1)`; the
    /// numbers are those of Keras.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/hashed_crossing/).
    pub struct HashedCrossing {
        /// How many buckets there are.
        num_bins: Size,
        /// `int` or `one_hot`.
        output_mode: OutputMode = int,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
    }
}

const CLASS: &str = "HashedCrossing";

impl HashedCrossing {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(dense(CLASS, self.sparse));
        tri!(buckets(CLASS, self.num_bins));
        let has = matches!(self.output_mode, OutputMode::Int | OutputMode::OneHot);
        tri!(has_mode(CLASS, self.output_mode, has, "`int` or `one_hot`"));
        if inputs.len() < 2 {
            let text = Text::new().s("HashedCrossing crosses two columns or more, found ").n(inputs.len());
            let help = Text::new().s("write `[first, second] => HashedCrossing(...)`");
            return Err(ShapeError::new(text)
                .help(help)
                .kind(ErrorKind::Tensors { expected: 2, found: inputs.len() }));
        }
        let shape = inputs[0].shape;
        let mut i = 0;
        while i < inputs.len() {
            let own = &inputs[i].shape;
            if own.rank() > 2 || (own.rank() == 2 && !matches!(own.last(), Dim::Fixed(1) | Dim::Later)) {
                let text = Text::new().s(
                    "HashedCrossing takes one number of each sample, (batch,) or (batch, 1); an input is ",
                );
                return Err(ShapeError::new(text.shape(own)));
            }
            if own.rank() != shape.rank() {
                let help = "give all of them the axis of one number, as `Reshape((1,))` does";
                return Err(wording::ranks(CLASS, wording::SAME_RANK, inputs, shape.rank(), help));
            }
            i += 1;
        }
        tri!(super::merge::batch(CLASS, inputs));
        encoded(CLASS, &shape, self.output_mode, self.num_bins.dim())
    }
}

weightless!(HashedCrossing, Drop);
free!(HashedCrossing);

facts!(HashedCrossing {
    takes_ids: true,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Too
});
