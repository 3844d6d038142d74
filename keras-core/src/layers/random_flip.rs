use keras_ops::{self as ops, Symbolic};
use keras_shape::FlipMode;
use keras_shape::layers::RandomFlip;

use super::augment::{Augment, augmentation, for_each};
use super::images::first_axis;

impl Augment for RandomFlip {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let height = first_axis(self.data_format) as isize;
        let axes = match self.mode {
            FlipMode::Horizontal => vec![height + 1],
            FlipMode::Vertical => vec![height],
            FlipMode::HorizontalAndVertical => vec![height, height + 1],
        };
        ops::where_(ops::less_equal(for_each(x, [0.0, 1.0], seed), 0.5), ops::flip(x, axes), x)
    }
}

augmentation!(RandomFlip);
