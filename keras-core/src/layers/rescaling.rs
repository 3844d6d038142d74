use keras_ops::{self as ops, Operand, Symbolic};
use keras_shape::Numbers;
use keras_shape::layers::Rescaling;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Rescaling {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let number = |numbers: Numbers| match numbers.0 {
            [one] => (*one).symbolic(),
            many => {
                let row: Vec<f32> = many.iter().map(|number| *number as f32).collect();
                ops::array(&row, [row.len()])
            }
        };
        Ok(vec![&inputs[0] * number(self.scale) + number(self.offset)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rescaling::choose(self, site))
    }
}
