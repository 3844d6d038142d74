use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::Normalization;
use keras_shape::{Numbers, Shape};

use super::Operations;
use crate::model::Trace;
use crate::{Error, Result};

impl Operations for Normalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], ops::DType::Float32);
        let shape = Shape::fixed(x.shape());
        let kept = self.kept(&shape).map_err(|e| Error::layer(e.to_string()))?;
        let mut along: Vec<isize> =
            x.shape().iter().zip(kept).map(|(n, kept)| if kept { *n as isize } else { 1 }).collect();
        let (mean, variance) = match (self.mean, self.variance) {
            (Some(Numbers(mean)), Some(Numbers(variance))) => {
                // One for each place of the last axis, or one for all.
                let last = kept.iter().rposition(|kept| *kept).filter(|_| mean.len() > 1);
                along.iter_mut().enumerate().filter(|(axis, _)| Some(*axis) != last).for_each(|(_, n)| *n = 1);
                let numbers = |list: &[f64]| {
                    let list: Vec<f32> = list.iter().map(|x| *x as f32).collect();
                    ops::array(&list, [list.len()])
                };
                (numbers(mean), numbers(variance))
            }
            _ => (cx.weight("mean"), cx.weight("variance")),
        };
        let (mean, variance) = (ops::reshape(mean, &along), ops::reshape(variance, &along));
        let deviation = ops::maximum(ops::sqrt(variance), 1e-7);
        Ok(vec![if self.invert { mean + x * deviation } else { (x - mean) / deviation }])
    }
}
