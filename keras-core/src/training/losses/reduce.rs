//! From a loss per sample to one number.

use burn::tensor::Tensor;

use crate::tensor::{Raw, by_rank, dims};
use crate::training::spread::{Spread, aligned};
use crate::{Error, Result};

/// The mean of the losses, weighted and masked: Keras's `sum_over_batch_size`
/// ([`reduce_weighted_values`](https://github.com/keras-team/keras/blob/master/keras/src/losses/loss.py)).
///
/// Sample weights multiply the losses and do not change what the sum is divided by. Masked losses count neither
/// in the sum nor in what it is divided by: `mask` says so by time step (truth values, or 1 and 0), `counts` (1 or 0) by
/// loss. Weights and masks have any number of axes up to that of the losses, and an axis of 1 counts for all of its axis.
/// With fewer axes they belong to the first axes; Keras pairs them with the last ones there, which either fails or weighs
/// the wrong numbers.
///
/// # Errors
/// Weights or masks whose axes do not go with the first axes of the losses.
pub fn reduce(
    per_sample: &Raw,
    sample_weight: Option<&Raw>,
    mask: Option<&Raw>,
    counts: Option<&Raw>,
) -> Result<Tensor<1>> {
    let shape = per_sample.shape();
    let total: usize = shape.iter().product();
    if total == 0 {
        return Err(Error::shape("target", "a batch without samples"));
    }
    let spread_mask = |mask: &Raw| spread(mask, &shape, "mask");
    let mask = match (mask, counts) {
        (Some(mask), Some(counts)) => Some(spread_mask(mask)? * spread_mask(counts)?),
        (mask, counts) => mask.or(counts).map(spread_mask).transpose()?,
    };
    let mut values = per_sample.flat()?;
    if let Some(weight) = sample_weight {
        values = values * spread(weight, &shape, "sample weight")?;
    }
    let Some(mask) = mask else {
        return Ok(values.sum() / total as f64);
    };
    // A sum of 0 or 1 is whole: where it is 0, so is the numerator.
    let valid = mask.clone().sum().clamp_min(1.0);
    Ok((values * mask).sum() / valid)
}

/// A number for each of the first axes of `shape` as a number for each element.
fn spread(part: &Raw, shape: &[usize], what: &str) -> Result<Tensor<1>> {
    let from = part.shape();
    Spread::new(&from, shape, what)?;
    if from.iter().product::<usize>() == shape.iter().product::<usize>() {
        return part.flat();
    }
    let mut axes = aligned(&from, shape).unwrap_or_default().to_vec();
    axes.resize(shape.len(), 1);
    let part = part.reshape(&axes)?;
    let wide: Result<Raw> = by_rank!(shape.len(), D => Raw::new(part.float::<D>()?.expand(dims::<D>(shape))));
    wide?.flat()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::training::testing::{assert_close, raw};

    fn value(loss: Result<Tensor<1>>) -> Vec<f32> {
        loss.and_then(|l| Raw::new(l).to_vec()).expect("a loss")
    }

    fn mask(values: [[bool; 3]; 2]) -> Raw {
        Raw::from_bool(values.concat(), &[2, 3], &Device::default()).expect("a mask")
    }

    // keras.losses.loss.reduce_weighted_values on the same numbers:
    // v = [[1, 2, 3], [4, 5, 6]], m = [[1, 1, 0], [1, 0, 0]], w = [[1, 2, 3], [0.5, 1, 2]]
    const V: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    const W: [f32; 6] = [1.0, 2.0, 3.0, 0.5, 1.0, 2.0];

    #[test]
    fn keras_numbers() {
        let v = raw(&V, &[2, 3]);
        let w = raw(&W, &[2, 3]);
        let m = mask([[true, true, false], [true, false, false]]);
        assert_close(&value(reduce(&v, None, None, None)), &[3.5], 1e-6);
        assert_close(&value(reduce(&v, Some(&w), None, None)), &[5.5], 1e-6);
        assert_close(&value(reduce(&v, None, Some(&m), None)), &[2.333_333_5], 1e-6);
        assert_close(&value(reduce(&v, Some(&w), Some(&m), None)), &[2.333_333_5], 1e-6);
        let none = mask([[false; 3]; 2]);
        assert_close(&value(reduce(&v, None, Some(&none), None)), &[0.0], 1e-6);
    }

    #[test]
    fn weights_of_a_sample_belong_to_its_steps() {
        let v = raw(&V, &[2, 3]);
        let expected = (2.0 * 6.0 + 15.0) / 6.0;
        for shape in [&[2][..], &[2, 1]] {
            assert_close(&value(reduce(&v, Some(&raw(&[2.0, 1.0], shape)), None, None)), &[expected], 1e-6);
        }
        let v = raw(&V, &[6]);
        assert_close(&value(reduce(&v, Some(&raw(&W, &[6, 1])), None, None)), &[5.5], 1e-6);
    }

    #[test]
    fn wrong_shapes_are_named() {
        let v = raw(&V, &[2, 3]);
        let error = reduce(&v, Some(&raw(&W[..3], &[3])), None, None).expect_err("3 weights for 2 samples");
        assert_eq!(error.to_string(), "sample weight: shape [3] does not go with losses of shape [2, 3]");
        assert!(reduce(&raw(&W[..2], &[2]), None, Some(&mask([[true; 3]; 2])), None).is_err());
    }
}
