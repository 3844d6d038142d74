use keras_ops::{self as ops, Symbolic};
use keras_shape::DataFormat;
use keras_shape::layers::RandomErasing;

use super::augment::{Augment, Rectangles, augmentation, clipped, count, drawn, sometimes};

impl Augment for RandomErasing {
    fn augment(&self, x: &Symbolic, seed: &Symbolic) -> Symbolic {
        let seeds = ops::random::split(seed, 5);
        let [height, width] = [0, 1].map(|i| ops::sqrt(drawn(count(x), self.scale.bounds(0.0), &seeds[i])));
        let rectangles = Rectangles::anywhere(x, [&height, &width], self.data_format, &seeds[2]);
        let fill = match self.fill_value {
            None => {
                let [_, most] = self.value_range.bounds();
                ops::random::normal(x.shape(), 0.0, most as f32, &seeds[3])
            }
            Some(values) => {
                let values: Vec<f32> = values.0.iter().map(|value| *value as f32).collect();
                let shape =
                    if DataFormat::is_first(self.data_format) { [1, -1, 1, 1] } else { [1, 1, 1, -1] };
                ops::reshape(ops::array(&values, values.len()), shape)
            }
        };
        let erased = ops::where_(rectangles.inside(self.data_format), clipped(fill, self.value_range), x);
        sometimes(x, &erased, self.factor, &seeds[4])
    }
}

augmentation!(RandomErasing);
