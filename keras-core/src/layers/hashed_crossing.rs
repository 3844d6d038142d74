use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::HashedCrossing;

use super::Operations;
use super::categories::encode;
use crate::Result;
use crate::model::Trace;
use crate::preprocessing::Reader;

impl Operations for HashedCrossing {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let columns: Vec<&dyn ops::Operand> = inputs.iter().map(|x| x as &dyn ops::Operand).collect();
        let bins = self.num_bins.or(1);
        Ok(vec![encode(ops::crossed_buckets(&columns, bins), self.output_mode, bins)])
    }

    fn reader(&self) -> Option<Result<Reader>> {
        Some(Ok(Reader::Crossing { bins: self.num_bins.or(1), mode: self.output_mode }))
    }
}
