use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::CenterCrop;

use super::Operations;
use super::augment::{lengths, part, smart_resized};
use crate::Result;
use crate::model::Trace;

impl Operations for CenterCrop {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], DType::Float32);
        let size = [self.height.or(1), self.width.or(1)];
        let known = lengths(&x, self.data_format);
        if known[0] < size[0] || known[1] < size[1] {
            return Ok(vec![smart_resized(&x, size, self.data_format)]);
        }
        let start = [0, 1].map(|i| (known[i] - size[i]) / 2);
        Ok(vec![part(&x, start, size, self.data_format)])
    }
}
