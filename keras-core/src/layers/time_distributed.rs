use keras_shape::layers::TimeDistributed;

use super::Forward;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for TimeDistributed {
    /// Steps are samples of a larger batch: the inner layer runs once.
    fn call(&self, weights: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let (batch, time) = match x.data.shape().as_slice() {
            [batch, time, _, ..] => (*batch, *time),
            shape => {
                return Err(Error::layer(format!(
                    "TimeDistributed needs (batch, time, ...), found {shape:?}"
                )));
            }
        };
        if let Some(mask) = &x.mask
            && mask.shape().get(..2) != Some(&[batch, time])
        {
            let shape = mask.shape();
            let message = format!(
                "a mask of shape {shape:?} does not fit a sequence of (batch, time) ({batch}, {time})"
            );
            return Err(Error::layer(message));
        }
        // A mask that says more than which steps count is the inner layer's: it tells of its axes.
        let inner_mask = x.mask.as_ref().filter(|mask| mask.rank() > 2);
        let inner_mask = inner_mask.map(fold).transpose()?;
        let step = Value::new(fold(&x.data)?).with_mask(inner_mask);
        let outputs = self.layer.config.call(weights, &[step], context)?;
        let y = outputs.first().ok_or_else(|| Error::layer("the inner layer gave no tensor"))?;
        let mut shape = y.data.shape();
        shape.splice(..1, [batch, time]);
        Ok(vec![Value::new(y.data.reshape(&shape)?).with_mask(x.mask.clone())])
    }
}

/// `(batch, time, ...)` to `(batch * time, ...)`.
fn fold(x: &Raw) -> Result<Raw> {
    let mut shape = x.shape();
    let rows = shape.iter().take(2).product();
    shape.splice(..2, [rows]);
    x.reshape(&shape)
}
