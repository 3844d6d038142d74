use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomElasticTransform;

use super::augment::{Augment, augmentation, beyond, channels_last, clipped, lengths, order, sometimes};

impl Augment for RandomElasticTransform {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let [least, most] = self.scale.bounds(0.0);
        if most == 0.0 || self.factor.bounds(0.0)[1] == 0.0 {
            return x.clone();
        }
        let seeds = ops::random::split(seed, 3);
        let scale = ops::random::uniform((), least as f32, most as f32, &seeds[0]);
        let [height, width] = lengths(x, self.data_format);
        let alpha = height.max(width) as f32 * (0.1 * &scale);
        let short = height.min(width);
        let sigma = short as f32 * (0.05 * &scale);
        // As many neighbours as the largest scale takes.
        let largest = (6.0 * 0.05 * most * short as f64).ceil() as usize | 1;
        let moved = channels_last(x, self.data_format, |x| {
            let (order, mode) = (order(self.interpolation), beyond(self.fill_mode, self.fill_value));
            ops::image::elastic_transform(x, [&alpha, &sigma], largest, order, mode, &seeds[1]).build()
        });
        clipped(sometimes(x, &moved, self.factor, &seeds[2]), self.value_range)
    }
}

augmentation!(RandomElasticTransform);
