use burn::tensor::activation::softmax;
use burn::tensor::{Bool, Tensor};
use keras_shape::layers::Softmax;

use super::Forward;
use super::axes::along;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value, by_rank, dims};
use crate::{Error, Result};

impl Forward for Softmax {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let (x, axes) = (&inputs[0], self.axis.list);
        let shares = |x: &Value| along(x, axes, |matrix| Ok(softmax(matrix, 1)));
        let Some(mask) = inputs.get(1) else { return Ok(vec![shares(x)?]) };
        let y: Result<Raw> = by_rank!(x.data.rank(), D => {
            let padding = padding(&mask.data, &x.data)?;
            let low = x.data.float::<D>()?.mask_fill(padding.clone(), -1e9);
            // Where nothing counts, nothing is shared out.
            Raw::new(shares(&Value::new(low))?.data.float::<D>()?.mask_fill(padding, 0.0))
        });
        Ok(vec![Value::new(y?)])
    }
}

/// Which numbers of `x` do not count; Keras counts those of a mask above one half.
fn padding<const D: usize>(mask: &Raw, x: &Raw) -> Result<Tensor<D, Bool>> {
    let (shape, mut own) = (x.shape(), mask.shape());
    let fits = own.len() <= D && own.iter().rev().zip(shape.iter().rev()).all(|(m, n)| m == n || *m == 1);
    if !fits {
        return Err(Error::layer(format!(
            "a mask of shape {own:?} does not fit an input of shape {shape:?}"
        )));
    }
    own.splice(0..0, vec![1; D - own.len()]);
    let counts = mask.reshape(&own)?.float::<D>()?.greater_elem(0.5f32);
    Ok(counts.bool_not().expand(dims::<D>(&shape)))
}
