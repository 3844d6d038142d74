use keras_shape::layers::Dropout;
use keras_shape::{Extent, Size};

use super::Forward;
use crate::Result;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value, by_rank};

impl Forward for Dropout {
    fn call(&self, _: &[Weight], inputs: &[Value], context: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0];
        let mut noise = x.data.shape();
        for (length, entry) in noise.iter_mut().zip(self.noise_shape.map_or(&[][..], |shape| shape.0)) {
            if let Extent::Size(Size::Known(n)) = entry {
                *length = *n;
            }
        }
        Ok(vec![drop(x, &noise, self.rate, self.seed, context)?])
    }
}

/// While training, drops a share of the numbers, or of the slices that `noise` has one axis of length 1 for.
pub(super) fn drop(
    x: &Value,
    noise: &[usize],
    rate: f64,
    seed: Option<u64>,
    context: &mut Context,
) -> Result<Value> {
    if !context.training || rate == 0.0 {
        return Ok(x.clone());
    }
    let shape = x.data.shape();
    if shape.iter().zip(noise).any(|(length, noise)| noise != length && *noise != 1) {
        let message = format!("`noise_shape` {noise:?} does not fit an input of shape {shape:?}");
        return Err(crate::Error::layer(message));
    }
    let factors = Raw::new(context.dropout([noise.iter().product()], rate, seed)?).reshape(noise)?;
    let y: Result<Raw> = by_rank!(shape.len(), D => {
        Raw::new(x.data.float::<D>()? * factors.float::<D>()?)
    });
    Ok(Value::new(y?).with_mask(x.mask.clone()))
}
