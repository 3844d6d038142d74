use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::PReLU;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for PReLU {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        Ok(vec![ops::relu(x) - cx.weight("alpha") * ops::relu(-x)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::rectifiers::prelu(self, site))
    }
}
