//! `Conv3D`, channels last, with bias and activation.

use keras_kernels::activation::Act;
use keras_kernels::conv3d::Conv3d;
use keras_shape::DataFormat;

use super::activation::{activated, gradient_before};
use super::conv::{Arguments, by_channel};
use super::depthwise;
use super::window::border;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

pub(crate) fn choose(layer: &Arguments<3>, site: &Site<'_>) -> Choice {
    match kernel(layer, site) {
        Some(kernel) => Choice::native(kernel),
        None if by_channel(layer, site) => depthwise::choose(layer, site),
        None => Choice::Operations,
    }
}

fn kernel(layer: &Arguments<3>, site: &Site<'_>) -> Option<Conv3dKernel> {
    let act = activated(layer.activation)?.in_place()?;
    if !site.one_input() || DataFormat::is_first(layer.format) {
        return None;
    }
    let ([batch, i @ .., channels], [_, o @ .., filters]) = (site.x(0), site.y(0)) else { return None };
    let (image, windows): ([usize; 3], [usize; 3]) = (i.try_into().ok()?, o.try_into().ok()?);
    let [kernel, stride, dilation] =
        [layer.kernel, layer.strides, layer.dilation].map(|ints| ints.0.map(|size| size.or(1)));
    let groups = layer.groups.or(1);
    let whole = site.x(0).iter().chain(site.y(0)).all(|n| *n > 0);
    if by_channel(layer, site) || !whole {
        return None;
    }
    let before = core::array::from_fn(|i| {
        border(layer.padding, image[i], dilation[i] * (kernel[i] - 1) + 1, stride[i]).0
    });
    let (batch, channels, filters) = (*batch, *channels, *filters);
    let conv = Conv3d { batch, channels, filters, image, kernel, windows, stride, dilation, before, groups };
    Some(Conv3dKernel { conv, act })
}

struct Conv3dKernel {
    conv: Conv3d,
    act: Act,
}

impl Kernel for Conv3dKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (y, relu) = (&mut io.y[0], self.act == Act::Relu);
        self.conv.forward(io.x.at(0), io.w.at(0), io.w.get(1), relu, y);
        if !relu {
            self.act.forward(y);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let (dx, dw, db) = (wanted(io.dx, 0), wanted(dw, 0), wanted(db, 0));
        gradient_before(self.act, io.y.y(0), dy, |dz| {
            db.into_iter().for_each(|db| self.conv.bias(dz, db));
            dw.into_iter().for_each(|dw| self.conv.kernel(io.x.at(0), dz, dw));
            dx.into_iter().for_each(|dx| self.conv.images(dz, io.w.at(0), dx));
        });
        Ok(())
    }
}
