use burn::tensor::Tensor;
use keras_shape::layers::Concatenate;

use super::Forward;
use super::axes::chosen;
use super::merge::{are_integers, wide_mask, without_features};
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value, by_rank, dims};
use crate::{Error, Result};

impl Forward for Concatenate {
    fn call(&self, _: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let shape = inputs.first().map(|x| x.data.shape()).unwrap_or_default();
        let at = chosen(&[self.axis], shape.len())?.remove(0);
        for x in inputs {
            let other = x.data.shape();
            let fits = other.len() == shape.len();
            if !fits || shape.iter().zip(&other).enumerate().any(|(i, (a, b))| i != at && a != b) {
                let message = format!("tensors of shapes {shape:?} and {other:?} do not join on axis {at}");
                return Err(Error::layer(message));
            }
        }
        let masked = inputs.iter().any(|x| x.mask.is_some());
        let mut mask = None;
        let y: Result<Raw> = by_rank!(shape.len(), D => {
            if masked {
                // A tensor without a mask counts as a whole.
                let masks = inputs
                    .iter()
                    .map(|x| {
                        let to = dims::<D>(&x.data.shape());
                        let mask = match wide_mask::<D>(x)? {
                            Some(mask) => mask.expand(to).int(),
                            None => Tensor::ones(to, &x.data.device()?),
                        };
                        Ok(mask)
                    })
                    .collect::<Result<Vec<_>>>()?;
                mask = Some(without_features(Tensor::cat(masks, at).not_equal_elem(0))?);
            }
            if are_integers(inputs) {
                Raw::new(Tensor::cat(inputs.iter().map(|x| x.data.int::<D>()).collect::<Result<Vec<_>>>()?, at))
            } else {
                Raw::new(Tensor::cat(inputs.iter().map(|x| x.data.float::<D>()).collect::<Result<Vec<_>>>()?, at))
            }
        });
        Ok(vec![Value::new(y?).with_mask(mask)])
    }
}
