//! `Resizing` and `UpSampling2D` by interpolation, channels last.

use keras_kernels::resize::{Axis, Resize};
use keras_ops::image::Interpolation;
use keras_shape::DataFormat;

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// Images of another size where they stand. The nearest pixels and integers are left to the operations.
pub(crate) fn choose(
    by: Interpolation,
    antialias: bool,
    format: Option<DataFormat>,
    site: &Site<'_>,
) -> Choice {
    let ([batch, h, w, c], [_, to_h, to_w, _]) = (site.x(0), site.y(0)) else { return Choice::Operations };
    let plain = site.one_input() && !site.whole(0) && !site.gives_whole();
    let some = [batch, h, w, c, to_h, to_w].iter().all(|n| **n > 0);
    let fit = Interpolation::fits(*h, *to_h) && Interpolation::fits(*w, *to_w);
    if !plain || !some || !fit || by == Interpolation::Nearest || DataFormat::is_first(format) {
        return Choice::Operations;
    }
    let axis = |from: usize, to: usize| match from == to {
        true => Axis::same(from),
        false => Axis::of(&by.matrix(from, to, antialias), from, to),
    };
    let there = Resize::new(*c, axis(*h, *to_h), axis(*w, *to_w));
    let back = site.gradients.then(|| there.turned());
    Choice::native(Resized { there, back })
}

struct Resized {
    there: Resize,
    /// For the gradients of the images.
    back: Option<Resize>,
}

impl Kernel for Resized {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.there.run(io.x.at(0), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx), Some(back)) = (io.y.dy(0), wanted(io.dx, 0), &self.back) {
            back.run(dy, dx);
        }
        Ok(())
    }
}
