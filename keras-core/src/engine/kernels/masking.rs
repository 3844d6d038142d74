//! `Masking`.

use keras_shape::layers::Masking;

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::MaskPlace;
use crate::tensor::integer;

/// Masking where it stands.
pub(crate) fn choose(layer: &Masking, site: &Site<'_>) -> Choice {
    let width = site.rows(0).1;
    if site.one_input() && site.x(0).len() > 1 && width > 0 {
        Choice::native(MaskingKernel { value: layer.mask_value as f32, width, whole: site.whole(0) })
    } else {
        Choice::Operations
    }
}

struct MaskingKernel {
    value: f32,
    /// Features of a step.
    width: usize,
    /// Whether the numbers are integers.
    whole: bool,
}

impl MaskingKernel {
    fn counts(&self, step: &[f32]) -> bool {
        match self.whole {
            true => step.iter().any(|x| integer(*x) as f32 != self.value),
            false => step.iter().any(|x| *x != self.value),
        }
    }

    /// `y` where the step counts, else 0.
    fn fill(&self, x: &[f32], y: &[f32], to: &mut [f32]) {
        let steps = x.chunks_exact(self.width).zip(y.chunks_exact(self.width));
        for ((x, y), to) in steps.zip(to.chunks_exact_mut(self.width)) {
            if self.counts(x) { to.copy_from_slice(y) } else { to.fill(0.0) }
        }
    }
}

impl Kernel for MaskingKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let x = io.x.at(0);
        self.fill(x, x, &mut io.y[0]);
        if let Some(MaskPlace { counts, shape, present }) = io.made.first_mut() {
            counts.clear();
            counts.extend(x.chunks_exact(self.width).map(|step| self.counts(step)));
            let lengths = io.x.shape(0);
            shape.clear();
            shape.extend_from_slice(&lengths[..lengths.len() - 1]);
            *present = true;
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.fill(io.x.at(0), dy, dx);
        }
        Ok(())
    }
}
