use super::check::{free, tri, weightless};
use crate::geometry::positive;
use crate::{Dim, Outputs, Shape, ShapeError, Size, TensorSpec, Text};

layer! {
    /// The first `max_number` boxes of an image with their labels, filled up where there are fewer:
    /// `let (boxes, labels) = [boxes, labels] => MaxNumBoundingBoxes(10);` makes `(batch, 10, 4)` and `(batch, 10)` of
    /// `(batch, n, 4)` and `(batch, n)`. [Keras](https://keras.io/api/layers/preprocessing_layers/image_preprocessing/max_num_bounding_boxes/)
    /// has them in a `dict`; images alone are handed on as they are.
    pub struct MaxNumBoundingBoxes {
        /// How many boxes there are afterwards.
        max_number: Size,
        /// What boxes and labels that there are not are filled with.
        fill_value: isize = [-1 = -1],
    }
}

const CLASS: &str = "MaxNumBoundingBoxes";

impl MaxNumBoundingBoxes {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(positive(CLASS, "max_number", self.max_number));
        let [boxes, labels] = inputs else {
            return match inputs {
                [images] => Ok(Outputs::one(*images)),
                _ => Err(crate::wording::one_tensor(CLASS, inputs.len())),
            };
        };
        let (b, l) = (&boxes.shape, &labels.shape);
        let fits = b.rank() == 3
            && l.rank() == 2
            && matches!(b.last(), Dim::Fixed(4) | Dim::Later)
            && !b.dim(0).clashes(l.dim(0))
            && !b.dim(1).clashes(l.dim(1));
        if !fits {
            let text = Text::new()
                .s("MaxNumBoundingBoxes takes boxes (batch, n, 4) and a label for each, (batch, n); found ");
            let text = text.shape(b).s(" and ").shape(l);
            return Err(ShapeError::new(text)
                .help(Text::new().s("write `[boxes, labels] => MaxNumBoundingBoxes(...)`")));
        }
        let count = self.max_number.dim();
        let boxes = TensorSpec::float(Shape::new(&[b.batch(), count, Dim::Fixed(4)]));
        Ok(Outputs::one(boxes).and(TensorSpec::float(Shape::new(&[l.batch(), count]))))
    }
}

weightless!(MaxNumBoundingBoxes, Drop);
free!(MaxNumBoundingBoxes);

facts!(MaxNumBoundingBoxes { takes_ids: false, uses_batch: false, named_mask: None });
