use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::ActivityRegularization;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for ActivityRegularization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        if self.l1 != 0.0 {
            cx.add_loss(ops::sum(ops::abs(x), None) * self.l1);
        }
        if self.l2 != 0.0 {
            cx.add_loss(ops::sum(ops::square(x), None) * self.l2);
        }
        Ok(vec![x.clone()])
    }
}

super::operations!(ActivityRegularization);
