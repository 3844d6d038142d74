use keras_ops::{self as ops, Padding, Symbolic};
use keras_shape::layers::RandomSharpness;

use super::augment::{Augment, augmentation, channels_last, clipped, for_each};

impl Augment for RandomSharpness {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let sharp = for_each(x, self.factor.bounds(0.0), seed) * 2.0;
        let y = channels_last(x, self.data_format, |x| {
            let (a, b) = (1.0f32 / 13.0, 5.0f32 / 13.0);
            let kernel = ops::array(&[a, a, a, a, b, a, a, a, a], [3, 3, 1, 1]);
            let kernel = ops::broadcast_to(kernel, [3, 3, x.shape()[3], 1]);
            let smooth = ops::depthwise_conv(x, kernel).padding(Padding::Same);
            x + (1.0 - sharp) * (smooth - x)
        });
        clipped(y, self.value_range)
    }
}

augmentation!(RandomSharpness);
