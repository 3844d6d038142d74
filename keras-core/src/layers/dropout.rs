use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Dropout;
use keras_shape::{Extent, Size};

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for Dropout {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let mut noise = inputs[0].shape().to_vec();
        for (length, entry) in noise.iter_mut().zip(self.noise_shape.map_or(&[][..], |shape| shape.0)) {
            if let Extent::Size(Size::Known(n)) = entry {
                *length = *n;
            }
        }
        Ok(vec![drop(&inputs[0], &noise, self.rate, self.seed, cx)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::dropout::choose(self, site))
    }
}

/// While training, drops a share of the numbers, or of the slices that `noise` has one axis of length 1 for.
pub(super) fn drop(
    x: &Symbolic,
    noise: &[usize],
    rate: f64,
    seed: Option<u64>,
    cx: &mut Trace<'_>,
) -> Symbolic {
    if !cx.training() || rate == 0.0 {
        return x.clone();
    }
    let factors = cx.dropout(noise, rate, seed);
    // What is dropped is 0 even if it was infinite or NaN.
    ops::where_(ops::greater(&factors, 0.0), x * &factors, 0.0)
}
