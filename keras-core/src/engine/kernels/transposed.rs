//! `Conv1DTranspose` and `Conv2DTranspose`, channels last, with bias and activation.

use keras_kernels::activation::Act;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_shape::{DataFormat, Ints, Padding};

use super::activation::activated;
use super::conv::Arguments;
use super::window::{image, pair};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// The layer where it stands, with how much longer its output is, if that is given. Activations whose gradient goes by
/// their input are left to the operations.
pub(crate) fn choose<const N: usize>(
    layer: &Arguments<N>,
    longer: Option<Ints<N>>,
    site: &Site<'_>,
) -> Choice {
    kernel(layer, longer, site).map_or(Choice::Operations, Choice::native)
}

fn kernel<const N: usize>(
    layer: &Arguments<N>,
    longer: Option<Ints<N>>,
    site: &Site<'_>,
) -> Option<Transposed> {
    let act = activated(layer.activation)?.in_place()?;
    let empty = site.x(0).iter().chain(site.y(0)).any(|n| *n == 0);
    if !site.one_input() || DataFormat::is_first(layer.format) || layer.padding == Padding::Causal || empty {
        return None;
    }
    let ((batch, windows, filters), (_, image, channels)) = (image(site.x(0))?, image(site.y(0))?);
    let (kernel, stride, dilation) = (pair(&layer.kernel), pair(&layer.strides), pair(&layer.dilation));
    let longer = longer.as_ref().map(pair);
    let pads: [[usize; 2]; 2] = core::array::from_fn(|i| {
        let reach = dilation[i] * (kernel[i] - 1) + 1;
        let before =
            if i + N < 2 { 0 } else { cut(layer.padding, reach, stride[i], longer.map(|more| more[i])) };
        [before, ((windows[i] - 1) * stride[i] + reach).saturating_sub(image[i] + before)]
    });
    let conv = Conv {
        batch,
        image,
        channels,
        filters,
        kernel,
        stride,
        dilation,
        pad_height: pads[0],
        pad_width: pads[1],
        groups: 1,
        act: Act::Linear,
        tiles: false,
    };
    // An output that is longer by more than a stride has pixels that no window covers.
    (conv.output() == windows).then_some(Transposed { conv, act })
}

/// How much of the result is cut off before, as `keras_ops::conv_transpose` has it.
pub(super) fn cut(padding: Padding, reach: usize, stride: usize, longer: Option<usize>) -> usize {
    if padding != Padding::Same {
        return 0;
    }
    let all = match longer {
        None => stride + reach - 2,
        Some(more) => (reach + reach % 2 + more).saturating_sub(2),
    };
    reach - 1 - all.div_ceil(2).min(reach - 1)
}

struct Transposed {
    /// The convolution that is turned round: its results are what goes in.
    conv: Conv,
    act: Act,
}

impl Kernel for Transposed {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.conv.transposed(io.x.at(0), io.w.at(0), io.w.get(1), self.act, &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let to = ConvGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0) };
        self.conv.transposed_backward(io.x.at(0), io.w.at(0), (io.y.y(0), self.act), dy, to);
        Ok(())
    }
}
