use burn::tensor::Tensor;
use keras_shape::layers::Dot;

use super::Forward;
use super::axes::chosen;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for Dot {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let [a, b] = inputs else {
            return Err(Error::layer(format!("`Dot` takes two tensors, found {}", inputs.len())));
        };
        let (i, j) = match self.axes.list {
            [axis] => (*axis, *axis),
            [i, j] => (*i, *j),
            list => return Err(Error::layer(format!("`axes` of `Dot` is {list:?}"))),
        };
        let (x, left) = self.factor(&a.data, i)?;
        let (y, right) = self.factor(&b.data, j)?;
        let ([batch, _, n], [other, _, m]) = (x.dims(), y.dims());
        if batch != other || n != m {
            let message =
                format!("the product of {:?} and {:?} over axes {i} and {j}", a.data.shape(), b.data.shape());
            return Err(Error::layer(message));
        }
        let mut shape = [vec![batch], left, right].concat();
        if shape.len() == 1 {
            shape.push(1);
        }
        let y = Raw::new(x.matmul(y.swap_dims(1, 2)));
        Ok(vec![Value::new(y.reshape(&shape)?)])
    }
}

trait Factor {
    fn factor(&self, x: &Raw, axis: isize) -> Result<(Tensor<3>, Vec<usize>)>;
}

impl Factor for Dot {
    /// A tensor as `(batch, the other axes, the axis that is summed over)`, and the other axes' lengths.
    fn factor(&self, x: &Raw, axis: isize) -> Result<(Tensor<3>, Vec<usize>)> {
        let rank = x.rank();
        let at = chosen(&[axis], rank)?.remove(0);
        if at == 0 {
            return Err(Error::layer("`Dot` cannot sum over the batch axis"));
        }
        let order: Vec<usize> = (0..rank).filter(|axis| *axis != at).chain([at]).collect();
        let moved = x.permute(&order)?;
        let shape = moved.shape();
        let others = shape[1..rank - 1].to_vec();
        let mut x = moved.reshape(&[shape[0], others.iter().product(), shape[rank - 1]])?.float::<3>()?;
        if self.normalize {
            // A length of 0 leaves the number 0: Keras's bound is 1 over its epsilon, 1e-7.
            let length = x.clone().square().sum_dim(2).clamp_min(1e-14).sqrt();
            x = x / length;
        }
        Ok((x, others))
    }
}
