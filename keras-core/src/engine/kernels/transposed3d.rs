//! `Conv3DTranspose`, channels last, with bias and activation.

use keras_kernels::activation::Act;
use keras_kernels::conv3d::Conv3d;
use keras_shape::{DataFormat, Ints, Padding};

use super::activation::{activated, gradient_before};
use super::conv::Arguments;
use super::transposed::cut;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// The layer where it stands, with how much longer its output is, if that is given. Activations whose gradient goes by
/// their input are left to the operations.
pub(crate) fn choose(layer: &Arguments<3>, longer: Option<Ints<3>>, site: &Site<'_>) -> Choice {
    kernel(layer, longer, site).map_or(Choice::Operations, Choice::native)
}

fn kernel(layer: &Arguments<3>, longer: Option<Ints<3>>, site: &Site<'_>) -> Option<Transposed> {
    let act = activated(layer.activation)?.in_place()?;
    let some = site.x(0).iter().chain(site.y(0)).all(|n| *n > 0);
    if !site.one_input() || DataFormat::is_first(layer.format) || layer.padding == Padding::Causal || !some {
        return None;
    }
    let ([batch, i @ .., filters], [_, o @ .., channels]) = (site.x(0), site.y(0)) else { return None };
    let (windows, image): ([usize; 3], [usize; 3]) = (i.try_into().ok()?, o.try_into().ok()?);
    let [kernel, stride, dilation] =
        [layer.kernel, layer.strides, layer.dilation].map(|ints| ints.0.map(|size| size.or(1)));
    let longer = longer.map(|more| more.0.map(|size| size.or(0)));
    let before = core::array::from_fn(|i| {
        cut(layer.padding, dilation[i] * (kernel[i] - 1) + 1, stride[i], longer.map(|more| more[i]))
    });
    let (batch, filters, channels) = (*batch, *filters, *channels);
    let conv =
        Conv3d { batch, channels, filters, image, kernel, windows, stride, dilation, before, groups: 1 };
    Some(Transposed { conv, act })
}

struct Transposed {
    /// The convolution that is turned round: its results are what goes in.
    conv: Conv3d,
    act: Act,
}

impl Kernel for Transposed {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (y, relu) = (&mut io.y[0], self.act == Act::Relu);
        self.conv.transposed(io.x.at(0), io.w.at(0), io.w.get(1), relu, y);
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
            db.into_iter().for_each(|db| self.conv.bias_of_images(dz, db));
            dw.into_iter().for_each(|dw| self.conv.kernel(dz, io.x.at(0), dw));
            dx.into_iter().for_each(|dx| self.conv.forward(dz, io.w.at(0), None, false, dx));
        });
        Ok(())
    }
}
