use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomGrayscale;

use super::augment::{Augment, augmentation, channels_last, for_each};

impl Augment for RandomGrayscale {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let happens = ops::less(for_each(x, [0.0, 1.0], seed), self.factor);
        channels_last(x, self.data_format, |x| ops::where_(happens, ops::image::rgb_to_grayscale(x), x))
    }
}

augmentation!(RandomGrayscale);
