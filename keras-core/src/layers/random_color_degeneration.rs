use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomColorDegeneration;

use super::augment::{Augment, augmentation, channels_last, clipped, for_each};

impl Augment for RandomColorDegeneration {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let far = for_each(x, self.factor.bounds(-1.0), seed);
        let y = channels_last(x, self.data_format, |x| x + far * (ops::image::rgb_to_grayscale(x) - x));
        clipped(y, self.value_range)
    }
}

augmentation!(RandomColorDegeneration);
