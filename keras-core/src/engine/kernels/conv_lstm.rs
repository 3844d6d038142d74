//! `ConvLSTM1D` and `ConvLSTM2D`, channels last, of whole sequences from a state of zeros.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::conv::Conv;
use keras_kernels::recurrent::{ConvLstm, ConvLstmGradients, ConvLstmWeights};
use keras_shape::{DataFormat, Padding};

use super::activation::activated;
use super::conv::Kept;
use super::window::{borders, image, pair};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::layers::ConvLstm as Layer;

/// A recurrent convolution where it stands.
pub(crate) fn choose<const N: usize>(layer: &Layer<N>, site: &Site<'_>) -> Choice {
    let drops = site.training && (layer.dropout > 0.0 || layer.recurrent_dropout > 0.0);
    let states = site.outputs.len() > 1 || layer.over.stateful;
    if drops || states || site.masked() || !site.one_input() || DataFormat::is_first(layer.data_format) {
        return Choice::Operations;
    }
    let Some(sizes) = sized(layer, site) else { return Choice::Operations };
    Choice::native(ConvLstmKernel {
        cache: Aligned::zeros(if site.gradients { sizes.cache_len() } else { 0 }),
        sizes,
        kept: Default::default(),
    })
}

fn sized<const N: usize>(layer: &Layer<N>, site: &Site<'_>) -> Option<ConvLstm> {
    let each = |activation| activated(activation)?.in_place();
    let (act, recurrent_act) = (each(layer.activation)?, each(layer.recurrent_activation)?);
    let [batch, ref steps @ ..] = *site.x(0) else { return None };
    let (time, of_inputs, channels) = image(steps)?;
    let (kernel, stride, dilation) =
        (pair(&layer.kernel_size), pair(&layer.strides), pair(&layer.dilation_rate));
    let reach = core::array::from_fn(|i| dilation[i] * (kernel[i] - 1) + 1);
    let [pad_height, pad_width] = borders::<N>(layer.padding, of_inputs, reach, stride);
    let inputs = Conv {
        batch: 1,
        image: of_inputs,
        channels,
        filters: 4 * layer.filters,
        kernel,
        stride,
        dilation,
        pad_height,
        pad_width,
        groups: 1,
        act: Act::Linear,
        tiles: !site.gradients,
    };
    let image = inputs.output();
    let [pad_height, pad_width] = borders::<N>(Padding::Same, image, kernel, [1; 2]);
    let (channels, one) = (layer.filters, [1; 2]);
    let states = Conv { image, channels, stride: one, dilation: one, pad_height, pad_width, ..inputs };
    let (go_backwards, sequences) = (layer.over.go_backwards, layer.over.return_sequences);
    let sizes = ConvLstm { inputs, states, batch, time, go_backwards, sequences, act, recurrent_act };
    let lengths = [batch, if sequences { time } else { 1 }, image[0], image[1], channels];
    let whole = lengths.iter().all(|n| *n > 0) && site.x(0).iter().all(|n| *n > 0);
    let output: usize = lengths.iter().product();
    (whole && site.y(0).iter().product::<usize>() == output).then_some(sizes)
}

struct ConvLstmKernel {
    sizes: ConvLstm,
    /// The kernels of the inputs and of the states.
    kept: [Kept; 2],
    /// What the backward pass needs of the forward pass.
    cache: Aligned,
}

impl Kernel for ConvLstmKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let ConvLstmKernel { sizes, kept: [w, u], cache } = self;
        let (w, u) = (w.of(&sizes.inputs, io.w, 0), u.of(&sizes.states, io.w, 1));
        let finite = io.w.at(1).iter().all(|u| u.is_finite());
        let weights = ConvLstmWeights { w, u, b: io.w.get(2), finite };
        let cache = Some(cache.as_mut_slice()).filter(|cache| !cache.is_empty());
        sizes.forward(io.x.at(0), weights, cache, &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let (dw, rest) = io.dw.split_at_mut(io.dw.len().min(1));
        let (du, db) = rest.split_at_mut(rest.len().min(1));
        let dx = wanted(io.dx, 0);
        let to = ConvLstmGradients { dx, dw: wanted(dw, 0), du: wanted(du, 0), db: wanted(db, 0) };
        self.sizes.backward(io.x.at(0), [io.w.at(0), io.w.at(1)], &mut self.cache, dy, to);
        Ok(())
    }
}
