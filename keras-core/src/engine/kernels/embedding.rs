//! `Embedding`.

use keras_kernels::embedding::{gather, scatter_add};
use keras_shape::layers::Embedding;

use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::{MaskPlace, count};
use crate::layers::out_of_range;
use crate::{Error, Result};

/// Ids below this are exact as the plan's numbers.
const EXACT: usize = 1 << 24;

/// A table where it stands.
pub(super) fn choose(layer: &Embedding, site: &Site<'_>) -> Choice {
    let width = site.y(0).last().copied().unwrap_or(0);
    match layer.input_dim.known() {
        Some(known) if known <= EXACT && site.one_input() => {
            let ids = vec![0; count(site.x(0))];
            Choice::native(EmbeddingKernel { ids, known, width, mask_zero: layer.mask_zero })
        }
        _ => Choice::Island,
    }
}

struct EmbeddingKernel {
    ids: Vec<i64>,
    known: usize,
    width: usize,
    mask_zero: bool,
}

impl Kernel for EmbeddingKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, known) = (io.x.at(0), self.known);
        for (at, (id, x)) in self.ids.iter_mut().zip(x).enumerate() {
            *id = *x as i64;
            if usize::try_from(*id).map_or(true, |id| id >= known) {
                return Err(out_of_range(*id, at, known));
            }
        }
        if let (true, Some(MaskPlace { counts, shape, present })) = (self.mask_zero, io.made.first_mut()) {
            // As in Keras, floats are not cut for this: 0.5 counts.
            counts.clear();
            counts.extend(x.iter().map(|x| *x != 0.0));
            shape.clear();
            shape.extend_from_slice(io.x.shape(0));
            *present = true;
        }
        gather(io.w.at(0), self.width, &self.ids, &mut io.y[0])
            .map_err(|id| Error::layer(format!("the id {id} is out of range")))
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dw)) = (io.y.dy(0), wanted(io.dw, 0)) {
            dw.fill(0.0);
            scatter_add(dw, self.width, &self.ids, dy);
        }
        if let Some(dx) = wanted(io.dx, 0) {
            dx.fill(0.0);
        }
        Ok(())
    }
}
