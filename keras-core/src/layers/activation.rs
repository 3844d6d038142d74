use keras_ops::Symbolic;
use keras_shape::layers::Activation;

use super::Operations;
use super::activate::activate;
use crate::Result;
use crate::engine::{Choice, Link, Site, kernels};
use crate::model::Trace;

impl Operations for Activation {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        Ok(vec![activate(self.activation, &inputs[0])])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::activation::choose(self.activation, site))
    }

    fn link<'a>(&'a self, site: &Site<'_>) -> Option<Link<'a>> {
        kernels::activation::rectify(self.activation).filter(|_| site.one_input()).map(Link::Rectified)
    }
}
