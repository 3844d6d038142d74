use keras_ops::Symbolic;
use keras_shape::layers::LSTMCell;

use super::Operations;
use super::recurrent::step;
use crate::Result;
use crate::model::Trace;

impl Operations for LSTMCell {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        step(self.recurrent(), inputs, cx)
    }
}
