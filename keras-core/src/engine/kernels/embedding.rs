//! `Embedding`.

use keras_kernels::embedding::{gather, scatter_add};
use keras_shape::layers::Embedding;

use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, Touched, wanted};
use crate::engine::parts::{MaskPlace, count};
use crate::layers::{id_of, out_of_range};
use crate::tensor::integer;
use crate::{Error, Result};

/// A table where it stands.
pub(crate) fn choose(layer: &Embedding, site: &Site<'_>) -> Choice {
    let width = site.y(0).last().copied().unwrap_or(0);
    match layer.input_dim.known() {
        Some(known) if site.one_input() => {
            let ids = vec![0; count(site.x(0))];
            let whole = site.whole(0);
            Choice::native(EmbeddingKernel { ids, known, width, whole, mask_zero: layer.mask_zero })
        }
        _ => Choice::Operations,
    }
}

struct EmbeddingKernel {
    ids: Vec<i64>,
    known: usize,
    width: usize,
    /// Whether the ids are integers, or floats that must be whole.
    whole: bool,
    mask_zero: bool,
}

impl Kernel for EmbeddingKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, known) = (io.x.at(0), self.known);
        for (at, (id, x)) in self.ids.iter_mut().zip(x).enumerate() {
            *id = if self.whole { i64::from(integer(*x)) } else { id_of(*x, at)? };
            if usize::try_from(*id).map_or(true, |id| id >= known) {
                return Err(out_of_range(*id, at, known));
            }
        }
        if let (true, Some(MaskPlace { counts, shape, present })) = (self.mask_zero, io.made.first_mut()) {
            counts.clear();
            counts.extend(self.ids.iter().map(|id| *id != 0));
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
        // Of `ReversibleEmbedding`, what projects back.
        if let Some(dw) = wanted(io.dw, 1) {
            dw.fill(0.0);
        }
        if let Some(dx) = wanted(io.dx, 0) {
            dx.fill(0.0);
        }
        Ok(())
    }

    fn touched(&self, i: usize, tell: Touched<'_>) -> bool {
        if i == 0 {
            tell(&self.ids, self.width);
        }
        i == 0
    }
}
