use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::AlphaDropout;
use keras_shape::{Extent, Size};

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for AlphaDropout {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = &inputs[0];
        if !cx.training() || self.rate == 0.0 {
            return Ok(vec![x.clone()]);
        }
        let mut noise = x.shape().to_vec();
        for (length, entry) in noise.iter_mut().zip(self.noise_shape.map_or(&[][..], |shape| shape.0)) {
            if let Extent::Size(Size::Known(n)) = entry {
                *length = *n;
            }
        }
        let drawn = ops::random::uniform(noise, 0.0, 1.0, cx.seed_of(self.seed));
        let kept = ops::greater_equal(drawn, self.rate);
        // What `selu` goes to far below 0, and what keeps mean and variance.
        let low = -1.673_263_242_354_377_2 * 1.050_700_987_355_480_5;
        let a = ((1.0 - self.rate) * (1.0 + self.rate * low * low)).powf(-0.5);
        Ok(vec![ops::where_(kept, x, low) * a - a * low * self.rate])
    }
}
