//! `Conv1D` and `Conv2D`, channels last.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::conv::{Conv, ConvGradients, Prepared};
use keras_kernels::scratch;
use keras_shape::{Activation, DataFormat, Ints, Padding, Size};

use super::activation::{Activated, activated};
use super::depthwise;
use super::link::Link;
use super::window::{borders, image, pair};
use super::{conv_dense, conv_norm, conv_pool};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, Weights, wanted};

/// The arguments of a convolution over `N` axes.
pub(crate) struct Arguments<const N: usize> {
    pub kernel: Ints<N>,
    pub strides: Ints<N>,
    pub dilation: Ints<N>,
    pub padding: Padding,
    pub format: Option<DataFormat>,
    pub groups: Size,
    pub activation: Activation,
}

/// The arguments of a convolution, for its kernel; of a layer that has no argument `groups`, with this number of them.
macro_rules! arguments {
    ($layer:expr) => {
        $crate::engine::kernels::conv::arguments!($layer, $layer.groups)
    };
    ($layer:expr, $groups:expr) => {
        $crate::engine::kernels::conv::Arguments {
            kernel: $layer.kernel_size,
            strides: $layer.strides,
            dilation: $layer.dilation_rate,
            padding: $layer.padding,
            format: $layer.data_format,
            groups: $groups,
            activation: $layer.activation,
        }
    };
}
pub(crate) use arguments;

pub(crate) fn choose<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Choice {
    match kernel(layer, site) {
        Some(kernel) => Choice::native(kernel),
        None if by_channel(layer, site) => depthwise::choose(layer, site),
        None => Choice::Operations,
    }
}

/// Whether each channel is convolved by itself.
pub(super) fn by_channel<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> bool {
    let groups = layer.groups.or(1);
    groups > 1 && site.x(0).last() == Some(&groups)
}

/// One kernel for a convolution and layers behind it, if there is such a kernel.
fn fused(links: &[(Link<'_>, &Site<'_>)]) -> Option<Box<dyn Kernel>> {
    conv_norm::fused(links).or_else(|| conv_dense::fused(links)).or_else(|| conv_pool::fused(links))
}

/// What a convolution is to a kernel for several layers.
pub(crate) fn link<const N: usize>(
    layer: &Arguments<N>,
    bias: bool,
    site: &Site<'_>,
) -> Option<Link<'static>> {
    match sized(layer, site) {
        Some((conv, after)) => Some(Link::Convolution { conv, after, bias, fused }),
        None => by_channel(layer, site).then(|| depthwise::link(layer, bias, site)).flatten(),
    }
}

fn kernel<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Option<ConvKernel> {
    let (conv, after) = sized(layer, site)?;
    let keeps = site.gradients && after.is_some_and(Activated::needs_input);
    let z = Aligned::zeros(if keeps { site.y(0).iter().product() } else { 0 });
    Some(ConvKernel { conv, after, z, kept: (!site.gradients).then(Kept::default) })
}

fn sized<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Option<(Conv, Option<Activated>)> {
    let act = activated(layer.activation)?;
    if !site.one_input() || DataFormat::is_first(layer.format) {
        return None;
    }
    let ((batch, image, channels), (_, output, filters)) = (image(site.x(0))?, image(site.y(0))?);
    // What the kernel can do as it writes its sums, and what comes after.
    let (inside, after) = act.in_place().map_or((Act::Linear, Some(act)), |inside| (inside, None));
    let (kernel, stride, dilation) = (pair(&layer.kernel), pair(&layer.strides), pair(&layer.dilation));
    let reach = core::array::from_fn(|i| dilation[i] * (kernel[i] - 1) + 1);
    let [pad_height, pad_width] = borders::<N>(layer.padding, image, reach, stride);
    if by_channel(layer, site) {
        return None;
    }
    let conv = Conv {
        batch,
        image,
        channels,
        filters,
        kernel,
        stride,
        dilation,
        pad_height,
        pad_width,
        groups: layer.groups.or(1),
        act: inside,
        // In training the results have the roundings of plain sums, which Keras makes too: with those of tiles a relu or a
        // maximum is decided otherwise sooner, and 20 steps lead more than 1e-4 away from Keras's weights (`oracle::cnn`).
        tiles: !site.gradients,
    };
    (conv.output() == output).then_some((conv, after))
}

struct ConvKernel {
    conv: Conv,
    /// An activation that the convolution cannot do.
    after: Option<Activated>,
    /// What goes into that, where its gradient needs it.
    z: Aligned,
    /// Weights, where they stay the same.
    kept: Option<Kept>,
}

/// See [`Kernel::shared`].
pub(crate) fn shared(conv: &Conv) -> usize {
    if conv.batch == 1 { conv.work() } else { 0 }
}

/// The weights of a convolution, prepared for as long as they stay the same.
#[derive(Default)]
pub(super) struct Kept(Option<(Option<u64>, Prepared)>);

impl Kept {
    /// Weight `i` of the first of the layers.
    pub fn of(&mut self, conv: &Conv, w: Weights<'_>, i: usize) -> &Prepared {
        let stamp = w.stamp(i);
        let weights = match self.0.take() {
            Some((before, weights)) if before.is_some() && before == stamp => weights,
            other => conv.prepare(w.at(i), other.map(|(_, weights)| weights)),
        };
        &self.0.insert((stamp, weights)).1
    }
}

impl Kernel for ConvKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, w, b, y) = (io.x.at(0), io.w.at(0), io.w.get(1), &mut io.y[0]);
        if let Some(kept) = &mut self.kept {
            self.conv.forward(x, kept.of(&self.conv, io.w, 0), b, y);
        } else if self.z.is_empty() {
            self.conv.forward(x, w, b, y);
        } else {
            self.conv.forward(x, w, b, &mut self.z);
            y.copy_from_slice(&self.z);
        }
        if let Some(act) = self.after {
            act.forward(y, self.conv.filters);
        }
        Ok(())
    }

    fn shared(&self) -> usize {
        shared(&self.conv)
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, db) = io.dw.split_at_mut(io.dw.len().min(1));
        let to = ConvGradients { dx: wanted(io.dx, 0), dw: wanted(dw, 0), db: wanted(db, 0) };
        let (x, w, y) = (io.x.at(0), io.w.at(0), io.y.y(0));
        // What is rounded away from a gradient decides nothing, as it does at the corner of an activation.
        let conv = Conv { tiles: true, ..self.conv };
        let Some(act) = self.after else {
            conv.backward(x, w, y, dy, to);
            return Ok(());
        };
        let saved = if self.z.is_empty() { y } else { &self.z };
        scratch::with(dy.len(), |dz| {
            act.backward(saved, dy, dz, self.conv.filters);
            conv.backward(x, w, y, dz, to);
        });
        Ok(())
    }
}
