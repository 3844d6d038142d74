//! Convolutions of each channel by itself, channels last, with bias and activation: `DepthwiseConv1D`, `DepthwiseConv2D`, and
//! others with as many groups as channels and filters.

use keras_kernels::activation::Act;
use keras_kernels::depthwise::{Depthwise, DepthwiseGradients, Outcome};
use keras_shape::{Activation, DataFormat, Padding};

use super::activation::activated;
use super::conv::Arguments;
use super::conv_norm;
use super::link::Link;
use super::window::border;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// The layer where it stands. Channels that become several, and activations whose gradient goes by their input, are left
/// to the operations.
pub(crate) fn choose<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Choice {
    kernel(layer, site).map_or(Choice::Operations, Choice::native)
}

/// What such a convolution is to a kernel for several layers.
pub(crate) fn link<const N: usize>(
    layer: &Arguments<N>,
    bias: bool,
    site: &Site<'_>,
) -> Option<Link<'static>> {
    let plain = N < 3 && matches!(layer.activation, Activation::Linear);
    plain.then(|| kernel(layer, site)).flatten().map(|kernel| Link::ByChannel {
        conv: kernel.of,
        bias,
        fused: conv_norm::fused,
    })
}

fn kernel<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Option<DepthwiseKernel> {
    let act = activated(layer.activation)?.in_place()?;
    if !site.one_input() || DataFormat::is_first(layer.format) || layer.padding == Padding::Causal {
        return None;
    }
    let ([batch, i @ .., channels], [_, o @ .., filters]) = (site.x(0), site.y(0)) else { return None };
    if channels != filters || i.len() != N || site.x(0).iter().chain(site.y(0)).any(|n| *n == 0) {
        return None;
    }
    // Axes that images do not have come first.
    let three = |lengths: &[usize]| core::array::from_fn(|k| if k + N < 3 { 1 } else { lengths[k + N - 3] });
    let [kernel, stride, dilation] =
        [layer.kernel, layer.strides, layer.dilation].map(|ints| three(&ints.0.map(|size| size.or(1))));
    let image: [usize; 3] = three(i);
    let before = core::array::from_fn(|k| {
        let reach = dilation[k] * (kernel[k] - 1) + 1;
        if k + N < 3 { 0 } else { border(layer.padding, image[k], reach, stride[k]).0 }
    });
    let of = Depthwise {
        batch: *batch,
        channels: *channels,
        image,
        kernel,
        windows: three(o),
        stride,
        dilation,
        before,
    };
    Some(DepthwiseKernel { of, act })
}

struct DepthwiseKernel {
    of: Depthwise,
    act: Act,
}

impl Kernel for DepthwiseKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.of.apply(io.x.at(0), io.w.at(0), io.w.get(1), self.act, &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let to = DepthwiseGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0) };
        let y = Outcome { act: self.act, y: io.y.y(0) };
        self.of.backward(io.x.at(0), io.w.at(0), y, dy, to);
        Ok(())
    }
}
