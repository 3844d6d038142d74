//! What convolutions of each channel on its own share: depthwise and separable ones.

use super::check::{defined, tri};
use super::conv::stride_or_dilation;
use super::dense::activated;
use super::spatial::{channel_axis, spatial, spatial_axis};
use crate::geometry::{Window, conv_length, no_causal, positive};
use crate::{Activation, DataFormat, Dim, Ints, Outputs, Padding, Shape, ShapeError, Size, TensorSpec};

/// The arguments that decide the shapes.
pub(crate) struct Depthwise<'a, const N: usize> {
    pub class: &'static str,
    pub kernel: &'a Ints<N>,
    pub strides: &'a Ints<N>,
    pub dilation: &'a Ints<N>,
    pub padding: Padding,
    pub depth_multiplier: Size,
    pub format: Option<DataFormat>,
    /// The channels of the output, where a convolution of all channels follows.
    pub filters: Option<Size>,
    pub activation: Activation,
}

impl<const N: usize> Depthwise<'_, N> {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(spatial(self.class, inputs, N, self.format));
        if let Some(filters) = self.filters {
            tri!(positive(self.class, "filters", filters));
        }
        tri!(positive(self.class, "depth_multiplier", self.depth_multiplier));
        tri!(no_causal(self.class, self.padding));
        let channels = channel_axis(N, self.format);
        tri!(defined(self.class, "the channel axis", &shape, shape.dim(channels)));
        tri!(stride_or_dilation(self.class, &self.strides.0, &self.dilation.0));
        let window = Window { layer: self.class, size_arg: "kernel_size", size_word: "kernel" };
        let filters = match self.filters {
            Some(filters) => filters.dim(),
            None => self.between(&shape),
        };
        let mut out = shape.with(channels, filters);
        let mut i = 0;
        while i < N {
            let axis = spatial_axis(self.format) + i;
            let (kernel, stride, dilation) = (self.kernel.0[i], self.strides.0[i], self.dilation.0[i]);
            let length = tri!(conv_length(shape.dim(axis), kernel, stride, dilation, self.padding, &window));
            out = out.with(axis, length);
            i += 1;
        }
        activated(out, self.activation)
    }

    /// The channels that the convolution of each channel gives.
    pub(crate) const fn between(&self, input: &Shape) -> Dim {
        input.dim(channel_axis(N, self.format)).times(self.depth_multiplier.dim())
    }

    /// `(kernel..., channels, depth_multiplier)`.
    pub(crate) const fn kernel_shape(&self, input: &Shape) -> Shape {
        let mut shape = Shape::new(&[]);
        let mut i = 0;
        while i < N {
            shape = shape.push(self.kernel.0[i].dim());
            i += 1;
        }
        shape.push(input.dim(channel_axis(N, self.format))).push(self.depth_multiplier.dim())
    }

    /// `(1..., channels * depth_multiplier, filters)`.
    pub(crate) const fn pointwise_shape(&self, input: &Shape) -> Shape {
        let mut shape = Shape::new(&[]);
        let mut i = 0;
        while i < N {
            shape = shape.push(Dim::Fixed(1));
            i += 1;
        }
        let filters = match self.filters {
            Some(filters) => filters.dim(),
            None => Dim::Later,
        };
        shape.push(self.between(input)).push(filters)
    }
}
