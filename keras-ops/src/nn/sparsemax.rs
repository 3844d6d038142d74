//! The threshold of sparsemax.

use crate::Symbolic;
use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Eval, Op, Outputs, Spec};
use crate::symbolic::apply_all;

/// For rows along an axis: the threshold, with the axis kept, and the derivative of it by each element, which changes only
/// where elements change places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Thresholds {
    axis: usize,
}

/// Keras's threshold of a row that lies in order in `sorted`, the largest first, with how many are above it.
fn threshold(sorted: impl Iterator<Item = f32>) -> (f32, usize) {
    let (mut sum, mut sums, mut support) = (0.0f32, 0.0f32, 0);
    for (i, x) in sorted.enumerate() {
        sum += x;
        if x - (sum - 1.0) / (i + 1) as f32 > 0.0 {
            sums += sum;
            support += 1;
        }
    }
    ((sums - 1.0) / support as f32, support)
}

impl Op for Thresholds {
    fn name(&self) -> &'static str {
        "sparsemax"
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::SparsemaxThreshold { axis: self.axis })
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let shape = &inputs[0].shape;
        Ok([Spec::float(shape.clone().with(self.axis, 1)), Spec::float(shape)].into_iter().collect())
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        inputs[0].shape[self.axis]
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let (shape, x) = (io.inputs[0].shape(), io.inputs[0].data);
        let n = shape[self.axis];
        let inner: usize = shape[self.axis + 1..].iter().product();
        let [thresholds, slopes] = io.outputs else { unreachable!("two outputs") };
        let order: &mut [u32] = bytemuck::cast_slice_mut(io.scratch);
        for (row, to) in thresholds.iter_mut().enumerate() {
            let at = |i: u32| (row / inner * n + i as usize) * inner + row % inner;
            order.iter_mut().zip(0..).for_each(|(order, i)| *order = i);
            // NaN comes last, as when negated numbers are sorted.
            let key = |i: &u32| x[at(*i)];
            order.sort_unstable_by(|i, j| {
                let (a, b) = (key(i), key(j));
                a.is_nan().cmp(&b.is_nan()).then(b.total_cmp(&a)).then(i.cmp(j))
            });
            let (threshold, support) = threshold(order.iter().map(|i| x[at(*i)]));
            *to = threshold;
            for (rank, i) in order.iter().enumerate() {
                // The running sums that have it: all from its own on.
                slopes[at(*i)] = support.saturating_sub(rank) as f32 / support as f32;
            }
        }
    }

    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![at.gradients[0].as_ref().map(|dy| dy * &at.outputs[1])]
    }
}

/// The thresholds of the rows along an axis, which stays with a length of 1.
#[track_caller]
pub(super) fn thresholds(x: &Symbolic, axis: usize) -> Symbolic {
    apply_all(Thresholds { axis }, core::slice::from_ref(x)).swap_remove(0)
}
