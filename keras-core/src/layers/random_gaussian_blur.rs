use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomGaussianBlur;

use super::augment::{Augment, augmentation, channels_last, clipped, drawn, sometimes};
use super::images::numbers;

impl Augment for RandomGaussianBlur {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 2);
        // The same for all images; Keras keeps it above 0.
        let sigma = drawn(2, self.sigma.bounds(0.0), &seeds[0]) + 1e-6;
        let blurred = channels_last(x, self.data_format, |x| {
            ops::image::gaussian_blur(x, numbers(self.kernel_size), sigma).build()
        });
        clipped(sometimes(x, &blurred, self.factor, &seeds[1]), self.value_range)
    }
}

augmentation!(RandomGaussianBlur);
