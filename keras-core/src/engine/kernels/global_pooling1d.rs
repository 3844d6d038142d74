//! `GlobalAveragePooling1D` and `GlobalMaxPooling1D`.

use keras_kernels::pool::{Pool, largest_backward};
use keras_shape::DataFormat;

use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::{Error, Result};

/// The sizes of a sequence whose steps become one, if features come last.
fn sizes(format: Option<DataFormat>, site: &Site<'_>) -> Option<Pool> {
    let [batch, steps, features] = *site.x(0) else { return None };
    let fits = site.one_input() && !DataFormat::is_first(format) && steps > 0 && features > 0;
    fits.then(|| Pool::global(batch, [steps, 1], features))
}

/// The mean of all steps that count where it stands.
pub(crate) fn average(format: Option<DataFormat>, site: &Site<'_>) -> Choice {
    match sizes(format, site) {
        Some(pool) => Choice::native(Mean { pool }),
        None => Choice::Operations,
    }
}

/// The largest of all steps where it stands.
pub(crate) fn max(format: Option<DataFormat>, site: &Site<'_>) -> Choice {
    match sizes(format, site) {
        Some(pool) => Choice::native(Largest { pool }),
        None => Choice::Operations,
    }
}

struct Mean {
    pool: Pool,
}

impl Mean {
    /// Which steps count, if not all do.
    fn mask<'a>(&self, x: &crate::engine::kernel::Inputs<'a>) -> Result<Option<&'a [bool]>> {
        let Some(mask) = x.mask_place(0) else { return Ok(None) };
        let steps = self.pool.image[0];
        if mask.shape != [self.pool.batch, steps] {
            return Err(Error::layer(format!("a mask of shape {:?} does not fit {steps} steps", mask.shape)));
        }
        Ok(Some(&mask.counts))
    }
}

impl Kernel for Mean {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, y) = (io.x.at(0), &mut io.y[0]);
        let Some(mask) = self.mask(&io.x)? else {
            self.pool.average(x, y);
            return Ok(());
        };
        let (steps, features) = (self.pool.image[0], self.pool.channels);
        let samples = x.chunks_exact(steps * features).zip(mask.chunks_exact(steps));
        for ((x, mask), y) in samples.zip(y.chunks_exact_mut(features)) {
            y.fill(0.0);
            for (x, _) in x.chunks_exact(features).zip(mask).filter(|(_, counts)| **counts) {
                y.iter_mut().zip(x).for_each(|(y, x)| *y += x);
            }
            let total = mask.iter().filter(|counts| **counts).count() as f32;
            y.iter_mut().for_each(|y| *y /= total);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) else { return Ok(()) };
        let Some(mask) = self.mask(&io.x)? else {
            self.pool.average_backward(dy, dx);
            return Ok(());
        };
        let (steps, features) = (self.pool.image[0], self.pool.channels);
        let samples = dy.chunks_exact(features).zip(mask.chunks_exact(steps));
        for ((dy, mask), dx) in samples.zip(dx.chunks_exact_mut(steps * features)) {
            let total = mask.iter().filter(|counts| **counts).count() as f32;
            for (dx, counts) in dx.chunks_exact_mut(features).zip(mask) {
                if *counts {
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = dy / total);
                } else {
                    dx.fill(0.0);
                }
            }
        }
        Ok(())
    }
}

struct Largest {
    pool: Pool,
}

impl Kernel for Largest {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.pool.max(io.x.at(0), &mut io.y[0], None);
        Ok(())
    }

    /// Where several steps are largest, they share the gradient, as in Keras.
    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) else { return Ok(()) };
        largest_backward(io.x.at(0), io.y.y(0), dy, dx, self.pool.channels);
        Ok(())
    }
}
