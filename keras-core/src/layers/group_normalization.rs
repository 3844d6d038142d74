use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::GroupNormalization;

use super::Operations;
use crate::Result;
use crate::engine::{Choice, Site, kernels};
use crate::model::Trace;

impl Operations for GroupNormalization {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        let lengths: Vec<isize> = x.shape().iter().map(|n| *n as isize).collect();
        let at =
            if self.axis < 0 { (self.axis + lengths.len() as isize) as usize } else { self.axis as usize };
        let groups = if self.groups == -1 { lengths[at] } else { self.groups };
        let split = |lengths: &[isize]| {
            let mut split = lengths.to_vec();
            split[at] /= groups.max(1);
            split.insert(at, groups);
            split
        };
        let grouped = ops::reshape(x, split(&lengths));
        let over: Vec<isize> = (1..=lengths.len() as isize).filter(|axis| *axis != at as isize).collect();
        let (mean, variance) = ops::moments(&grouped, over, true);
        let mut channels = vec![1; lengths.len()];
        channels[at] = lengths[at];
        let weight = |weight: Symbolic| ops::reshape(weight, split(&channels));
        let mut factor = ops::rsqrt(variance + self.epsilon);
        if self.scale {
            factor = factor * weight(cx.weight("gamma"));
        }
        let mut y = (grouped - mean) * factor;
        if self.center {
            y = y + weight(cx.weight("beta"));
        }
        Ok(vec![ops::reshape(y, lengths)])
    }

    fn kernel(&self, site: &Site<'_>) -> Result<Choice> {
        Ok(kernels::group_normalization::choose(self, site))
    }
}
