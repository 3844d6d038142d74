use keras_ops::Symbolic;
use keras_shape::Regularizer;
use keras_shape::layers::ActivityRegularization;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for ActivityRegularization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        cx.regularize(&Regularizer::L1L2 { l1: self.l1, l2: self.l2 }, x);
        Ok(vec![x.clone()])
    }
}
