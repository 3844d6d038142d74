use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::CutMix;

use super::Operations;
use super::augment::{Rectangles, count};
use super::mix_up::blended;
use crate::Result;
use crate::model::Trace;

impl Operations for CutMix {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let inputs: Vec<Symbolic> = inputs.iter().map(|x| ops::cast(x, DType::Float32)).collect();
        if !cx.training() {
            return Ok(inputs);
        }
        let (x, seeds) = (&inputs[0], ops::random::split(cx.seed_of(self.seed), 4));
        let n = count(x);
        let [least, most] = self.factor.bounds(0.0);
        let alpha = ops::random::uniform((), least as f32, most as f32, &seeds[0]) + 1e-6;
        let side = ops::sqrt(1.0 - ops::random::beta([n], &alpha, &alpha, &seeds[1]));
        let rectangles = Rectangles::anywhere(x, [&side, &side], self.data_format, &seeds[2]);
        let others = ops::random::shuffle(ops::arange(0, n as i32, 1), 0, &seeds[3]);
        let mut outputs = vec![ops::where_(rectangles.inside(self.data_format), ops::take(x, &others, 0), x)];
        let weight = ops::reshape(1.0 - rectangles.part(), [-1, 1]);
        outputs.extend(inputs.get(1).map(|labels| blended(labels, &others, &weight)));
        Ok(outputs)
    }
}
