use keras_ops::{self as ops, Symbolic};
use keras_shape::layers::RandomHue;

use super::augment::{
    Augment, UNIT, augmentation, channels, channels_last, clipped, count, drawn, for_all, rescaled, signs,
};

impl Augment for RandomHue {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let (n, seeds) = (count(x), ops::random::split(seed, 2));
        let by = for_all(&(signs(n, &seeds[0]) * drawn(n, self.factor.bounds(0.0), &seeds[1]) * 0.5));
        channels_last(x, self.data_format, |x| {
            let hsv = channels(&ops::image::rgb_to_hsv(rescaled(x, self.value_range, UNIT)));
            let hue = &hsv[0] + by;
            let hue = ops::where_(ops::greater(&hue, 1.0), &hue - 1.0, hue);
            let hue = ops::where_(ops::less(&hue, 0.0), &hue + 1.0, hue);
            let y = ops::image::hsv_to_rgb(ops::concatenate([&hue, &hsv[1], &hsv[2]], -1));
            rescaled(&clipped(y.build(), UNIT), UNIT, self.value_range)
        })
    }
}

augmentation!(RandomHue);
