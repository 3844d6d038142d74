use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::layers::MixUp;

use super::Operations;
use super::augment::{count, for_all};
use crate::Result;
use crate::model::Trace;

impl Operations for MixUp {
    fn operations(&self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let inputs: Vec<Symbolic> = inputs.iter().map(|x| ops::cast(x, DType::Float32)).collect();
        if !cx.training() {
            return Ok(inputs);
        }
        let (n, seeds) = (count(&inputs[0]), ops::random::split(cx.seed_of(self.seed), 2));
        let others = ops::random::shuffle(ops::arange(0, n as i32, 1), 0, &seeds[0]);
        let weight = ops::random::beta([n], self.alpha as f32, self.alpha as f32, &seeds[1]);
        let mut outputs = vec![blended(&inputs[0], &others, &for_all(&weight))];
        outputs.extend(inputs.get(1).map(|labels| blended(labels, &others, &ops::reshape(&weight, [-1, 1]))));
        Ok(outputs)
    }
}

/// Each sample with another one, by weights.
pub(super) fn blended(x: &Symbolic, others: &Symbolic, weight: &Symbolic) -> Symbolic {
    weight * x + (1.0 - weight) * ops::take(x, others, 0)
}
