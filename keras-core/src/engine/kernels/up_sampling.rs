//! `UpSampling1D`, `UpSampling2D` and `UpSampling3D` by repeated pixels, channels last.

use keras_kernels::repeat::Repeat;
use keras_shape::{DataFormat, Ints};

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// Images in which every pixel stands several times, where they stand. Masks are left to the operations.
pub(crate) fn choose<const N: usize>(size: &Ints<N>, format: Option<DataFormat>, site: &Site<'_>) -> Choice {
    let [batch, axes @ .., channels] = site.x(0) else { return Choice::Operations };
    if !site.one_input() || site.masked() || DataFormat::is_first(format) || axes.len() != N || N > 3 {
        return Choice::Operations;
    }
    let (mut image, mut times) = ([1; 3], [1; 3]);
    image[3 - N..].copy_from_slice(axes);
    times[3 - N..].copy_from_slice(&size.0.map(|size| size.or(1)));
    let repeat = Repeat { batch: *batch, image, times, channels: *channels };
    Choice::native(Repeated { repeat })
}

struct Repeated {
    repeat: Repeat,
}

impl Kernel for Repeated {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.repeat.forward(io.x.at(0), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.repeat.backward(dy, dx);
        }
        Ok(())
    }
}
