//! `Permute`.

use keras_shape::layers::Permute;

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// Axes in another order where they stand.
pub(crate) fn choose(layer: &Permute, site: &Site<'_>) -> Choice {
    let shape = site.x(0);
    let order: Vec<usize> = core::iter::once(0)
        .chain(layer.dims.list.iter().map(|axis| usize::try_from(*axis).unwrap_or(usize::MAX)))
        .collect();
    if !site.one_input() || order.len() != shape.len() || order.iter().any(|axis| *axis >= shape.len()) {
        return Choice::Operations;
    }
    if order.is_sorted() {
        return Choice::Same;
    }
    let mut steps = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        steps[axis - 1] = steps[axis] * shape[axis];
    }
    Choice::native(PermuteKernel {
        lengths: order.iter().map(|axis| shape[*axis]).collect(),
        steps: order.iter().map(|axis| steps[*axis]).collect(),
        at: vec![0; shape.len()],
    })
}

struct PermuteKernel {
    /// The lengths of the output.
    lengths: Vec<usize>,
    /// How far the next number along an axis of the output is in the input.
    steps: Vec<usize>,
    /// Where the walk is.
    at: Vec<usize>,
}

impl PermuteKernel {
    /// Calls `f(place in the output, place in the input)` for every number.
    fn walk(&mut self, n: usize, mut f: impl FnMut(usize, usize)) {
        self.at.fill(0);
        let mut from = 0;
        for to in 0..n {
            f(to, from);
            for ((at, length), step) in self.at.iter_mut().zip(&self.lengths).zip(&self.steps).rev() {
                *at += 1;
                from += step;
                if *at < *length {
                    break;
                }
                from -= *at * step;
                *at = 0;
            }
        }
    }
}

impl Kernel for PermuteKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, y) = (io.x.at(0), &mut io.y[0]);
        self.walk(x.len(), |to, from| y[to] = x[from]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.walk(dy.len(), |to, from| dx[from] = dy[to]);
        }
        Ok(())
    }
}
