use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomPerspective;

use super::augment::{Augment, augmentation, channels_last, count, lengths, order, sometimes};

impl Augment for RandomPerspective {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 2);
        let (n, [height, width]) = (count(x), lengths(x, self.data_format));
        let (right, bottom) = (width as f32 - 1.0, height as f32 - 1.0);
        let corners = ops::array(&[0.0, 0.0, right, 0.0, 0.0, bottom, right, bottom], [1, 4, 2]);
        let corners = ops::broadcast_to(corners, [n, 4, 2]);
        let half = 0.5 * self.scale as f32;
        let moved = &corners + &corners * ops::random::uniform([n, 4, 2], -half, half, &seeds[0]);
        let seen = channels_last(x, self.data_format, |x| {
            let order = order(self.interpolation);
            ops::image::perspective_transform(x, &corners, moved, order, self.fill_value as f32).build()
        });
        sometimes(x, &seen, self.factor, &seeds[1])
    }
}

augmentation!(RandomPerspective);
