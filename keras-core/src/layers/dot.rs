use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Dot;

use super::Operations;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for Dot {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let [a, b] = inputs else {
            return Err(Error::layer(format!("`Dot` takes two tensors, found {}", inputs.len())));
        };
        let (i, j) = match self.axes.list {
            [axis] => (*axis, *axis),
            [i, j] => (*i, *j),
            list => return Err(Error::layer(format!("`axes` of `Dot` is {list:?}"))),
        };
        let ((x, left), (y, right)) = (self.factor(a, i), self.factor(b, j));
        let mut shape = [vec![a.shape()[0]], left, right].concat();
        if shape.len() == 1 {
            shape.push(1);
        }
        let shape: Vec<isize> = shape.into_iter().map(|n| n as isize).collect();
        Ok(vec![ops::reshape(ops::matmul(x, ops::swapaxes(y, 1, 2)), shape)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::dot::choose(self, site))
    }
}

trait Factor {
    fn factor(&self, x: &Symbolic, axis: isize) -> (Symbolic, Vec<usize>);
}

impl Factor for Dot {
    /// A tensor as `(batch, the other axes, the axis that is summed over)`, and the other axes' lengths.
    fn factor(&self, x: &Symbolic, axis: isize) -> (Symbolic, Vec<usize>) {
        let x = match self.normalize {
            // As Keras bounds it, 1 over its epsilon, but with a gradient where all is 0.
            true => x * ops::rsqrt(ops::maximum(ops::sum(ops::square(x), axis).keepdims(true), 1e-14)),
            false => x.clone(),
        };
        let moved = ops::moveaxis(&x, axis, -1);
        let shape = moved.shape();
        let (batch, last) = (shape[0], shape[shape.rank() - 1]);
        let others = shape[1..shape.rank() - 1].to_vec();
        let to = [batch, others.iter().product(), last].map(|n| n as isize);
        (ops::reshape(&moved, to), others)
    }
}
