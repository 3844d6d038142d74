//! Pooling windows of images with three axes, channels last.

use keras_kernels::pool::Pool3d;
use keras_shape::DataFormat;

use super::pool::{Arguments, Kind};
use super::window::border;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// A pooling where it stands.
pub(crate) fn choose(kind: Kind, layer: &Arguments<3>, site: &Site<'_>) -> Choice {
    let Some(pool) = sized(layer, site) else { return Choice::Operations };
    match kind {
        Kind::Max => {
            let which = if site.gradients { vec![0; count(site.y(0))] } else { Vec::new() };
            Choice::native(Largest { pool, which })
        }
        Kind::Average => Choice::native(Mean { pool }),
    }
}

fn sized(layer: &Arguments<3>, site: &Site<'_>) -> Option<Pool3d> {
    let ([batch, i @ .., channels], [_, o @ .., _]) = (site.x(0), site.y(0)) else { return None };
    let (image, windows): ([usize; 3], [usize; 3]) = (i.try_into().ok()?, o.try_into().ok()?);
    let [window, stride] = [layer.size, layer.steps].map(|ints| ints.0.map(|size| size.or(1)));
    let some = site.x(0).iter().chain(site.y(0)).all(|n| *n > 0);
    if !site.one_input() || DataFormat::is_first(layer.format) || !some {
        return None;
    }
    let before = core::array::from_fn(|i| border(layer.padding, image[i], window[i], stride[i]).0);
    Some(Pool3d { batch: *batch, image, channels: *channels, window, stride, before, windows })
}

struct Largest {
    pool: Pool3d,
    /// Which pixel it was, for the gradient.
    which: Vec<u32>,
}

impl Kernel for Largest {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let which = Some(self.which.as_mut_slice()).filter(|which| !which.is_empty());
        self.pool.max(io.x.at(0), &mut io.y[0], which);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.pool.max_backward(&self.which, dy, dx);
        }
        Ok(())
    }
}

struct Mean {
    pool: Pool3d,
}

impl Kernel for Mean {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.pool.average(io.x.at(0), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.pool.average_backward(dy, dx);
        }
        Ok(())
    }
}
