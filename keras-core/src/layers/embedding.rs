use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::Embedding;

use super::{Numbers, Operations, lora};
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;
use crate::tensor::integer;
use crate::{Error, Result};

impl Operations for Embedding {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let ids = ops::cast(&inputs[0], DType::Int32);
        if self.mask_zero {
            cx.set_mask(0, Some(ops::not_equal(&ids, 0)));
        }
        let y = ops::take(cx.weight("embeddings"), &ids, 0);
        let Some(factor) = lora::factor(self.lora_rank, self.lora_alpha) else { return Ok(vec![y]) };
        // The rows that are looked up, in the place of those of the whole product.
        let narrow = ops::take(cx.weight("lora_embeddings_a"), ids, 0);
        Ok(vec![y + ops::matmul(narrow, cx.weight("lora_embeddings_b")) * factor])
    }

    /// Every id must be one of the table's rows.
    fn check<'a>(&self, input: &mut dyn FnMut(usize) -> Option<Numbers<'a>>) -> Result<()> {
        let (Some(ids), Some(known)) = (input(0), self.input_dim.known()) else { return Ok(()) };
        for (at, x) in ids.data.iter().enumerate() {
            let id = if ids.whole { i64::from(integer(*x)) } else { id_of(*x, at)? };
            if usize::try_from(id).map_or(true, |id| id >= known) {
                return Err(out_of_range(id, at, known));
            }
        }
        Ok(())
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(lora::unless(self.lora_rank, Choice::Operations, || kernels::embedding::choose(self, site)))
    }
}

/// The id that a float is. Beyond the range of `i64` it is the last one there, which no table has.
///
/// # Errors
/// It is no whole number.
pub(crate) fn id_of(x: f32, at: usize) -> Result<i64> {
    if x.fract() == 0.0 { Ok(x as i64) } else { Err(no_id(x, at)) }
}

/// What is wrong with a float that is not an id. Keras cuts it, and takes NaN for 0 or whatever the device makes of it.
pub(crate) fn no_id(x: f32, at: usize) -> Error {
    let what =
        if x.is_finite() && x.fract() == 0.0 { "beyond the range of int32" } else { "no whole number" };
    Error::layer(format!("{x} (number {at} of the batch, counted from 0) is no id: it is {what}"))
}

/// What is wrong with an id that is not one of the table's rows.
pub(crate) fn out_of_range(id: i64, at: usize, known: usize) -> Error {
    Error::layer(format!(
        "the id {id} (number {at} of the batch, counted from 0) is out of range: with `input_dim = {known}`, ids run from 0 to {}",
        known.saturating_sub(1)
    ))
}
