use burn::tensor::{Int, Tensor};
use keras_shape::layers::Embedding;

use super::Forward;
use crate::context::Context;
use crate::param::Weight;
use crate::tensor::{Raw, Value};
use crate::{Error, Result};

impl Forward for Embedding {
    fn call(&self, weights: &[Weight], inputs: &[Value], _: &mut Context) -> Result<Vec<Value>> {
        let x = &inputs[0].data;
        let embeddings = weights[0].data.float::<2>()?;
        let [known, width] = embeddings.dims();
        let mut shape = x.shape();
        if x.is_float()
            && let Some((at, id)) = x.inner()?.to_vec()?.into_iter().enumerate().find(|(_, x)| x.fract() != 0.0 || x.is_nan())
        {
            return Err(no_id(id, at));
        }
        let ids = x.reshape(&[shape.iter().product()])?.int::<1>()?;
        check_ids(&ids, known)?;
        let mask = if self.mask_zero { Some(mask_of(x, &shape)?) } else { None };
        shape.push(width);
        let y = Raw::new(embeddings.select(0, ids)).reshape(&shape)?;
        Ok(vec![Value::new(y).with_mask(mask)])
    }
}

/// Which ids are not 0.
fn mask_of(x: &Raw, shape: &[usize]) -> Result<Raw> {
    let flat = x.reshape(&[shape.iter().product()])?;
    Raw::new(flat.bool::<1>()?).reshape(shape)
}

/// Every id must be one of the table's rows: what lies beyond them is another tensor's memory on
/// one device and a panic on another.
fn check_ids(ids: &Tensor<1, Int>, known: usize) -> Result<()> {
    let data = ids.clone().into_data();
    let beyond = |id: i64| usize::try_from(id).map_or(true, |id| id >= known);
    let wrong = match (data.as_slice::<i32>(), data.as_slice::<i64>()) {
        (Ok(ids), _) => ids.iter().map(|id| i64::from(*id)).enumerate().find(|(_, id)| beyond(*id)),
        (_, Ok(ids)) => ids.iter().copied().enumerate().find(|(_, id)| beyond(*id)),
        _ => data.iter::<i64>().enumerate().find(|(_, id)| beyond(*id)),
    };
    match wrong {
        None => Ok(()),
        Some((at, id)) => Err(out_of_range(id, at, known)),
    }
}

/// What is wrong with a float that is not an id. Keras cuts it, and takes NaN for 0 or whatever the device makes of it.
pub(crate) fn no_id(x: f32, at: usize) -> Error {
    let what = if x.is_finite() && x.fract() == 0.0 { "beyond the range of int32" } else { "no whole number" };
    Error::layer(format!("{x} (number {at} of the batch, counted from 0) is no id: it is {what}"))
}

/// What is wrong with an id that is not one of the table's rows.
pub(crate) fn out_of_range(id: i64, at: usize, known: usize) -> Error {
    Error::layer(format!(
        "the id {id} (number {at} of the batch, counted from 0) is out of range: with `input_dim = {known}`, ids run from 0 to {}",
        known.saturating_sub(1)
    ))
}
