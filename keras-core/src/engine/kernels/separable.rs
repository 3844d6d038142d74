//! `SeparableConv1D` and `SeparableConv2D`, channels last: a convolution of each channel by itself, then of all of them in
//! each pixel, with bias and activation.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::conv::{Conv, ConvGradients};
use keras_kernels::depthwise::{Depthwise, DepthwiseGradients, Outcome};
use keras_kernels::scratch;
use keras_shape::{DataFormat, Padding, Size};

use super::activation::activated;
use super::conv::Arguments;
use super::window::{borders, image, pair};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// The layer where it stands. Channels that become several before they are joined are left to the operations.
pub(crate) fn choose<const N: usize>(layer: &Arguments<N>, multiplier: Size, site: &Site<'_>) -> Choice {
    let kernel = (multiplier.or(0) == 1).then(|| kernel(layer, site)).flatten();
    kernel.map_or(Choice::Operations, Choice::native)
}

fn kernel<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Option<Separable> {
    let act = activated(layer.activation)?.in_place()?;
    if !site.one_input() || DataFormat::is_first(layer.format) || layer.padding == Padding::Causal {
        return None;
    }
    let ((batch, size, channels), (_, windows, filters)) = (image(site.x(0))?, image(site.y(0))?);
    if site.x(0).iter().chain(site.y(0)).any(|n| *n == 0) {
        return None;
    }
    let [kernel, stride, dilation] = [&layer.kernel, &layer.strides, &layer.dilation].map(pair);
    let reach = core::array::from_fn(|i| dilation[i] * (kernel[i] - 1) + 1);
    let [down, along] = borders::<N>(layer.padding, size, reach, stride);
    let three = |[down, along]: [usize; 2], first| [first, down, along];
    let each = Depthwise {
        batch,
        channels,
        image: three(size, 1),
        kernel: three(kernel, 1),
        windows: three(windows, 1),
        stride: three(stride, 1),
        dilation: three(dilation, 1),
        before: [0, down[0], along[0]],
    };
    let all = Conv {
        batch,
        image: windows,
        channels,
        filters,
        kernel: [1, 1],
        stride: [1, 1],
        dilation: [1, 1],
        pad_height: [0, 0],
        pad_width: [0, 0],
        groups: 1,
        act,
        tiles: false,
    };
    let between = Aligned::zeros(batch * windows[0] * windows[1] * channels);
    Some(Separable { each, all, between })
}

struct Separable {
    /// Of each channel.
    each: Depthwise,
    /// Of all channels.
    all: Conv,
    /// What the first gives to the second.
    between: Aligned,
}

impl Kernel for Separable {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.each.forward(io.x.at(0), io.w.at(0), &mut self.between);
        self.all.forward(&self.between, io.w.at(1), io.w.get(2), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (first, rest) = io.dw.split_at_mut(io.dw.len().min(1));
        let (second, bias) = rest.split_at_mut(rest.len().min(1));
        let (dw, dx) = (wanted(first, 0), wanted(io.dx, 0));
        let n = if dw.is_some() || dx.is_some() { self.between.len() } else { 0 };
        scratch::with(n, |d| {
            let to =
                ConvGradients { dx: (n > 0).then_some(&mut *d), dw: wanted(second, 0), db: wanted(bias, 0) };
            self.all.backward(&self.between, io.w.at(1), io.y.y(0), dy, to);
            let plain = Outcome { act: Act::Linear, y: &[] };
            self.each.backward(io.x.at(0), io.w.at(0), plain, d, DepthwiseGradients { dx, dw, db: None });
        });
        Ok(())
    }
}
