//! Convolutions turned round: from results to images.

use smallvec::SmallVec;

use super::op::{Geometry, Side, convolved};
use super::{Arguments, check_kernel, three};
use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::nn::sizes::{DataFormat, Padding, PerAxis};
use crate::operand::{Built, Operand};
use crate::symbolic::{mistaken, settled};
use crate::{DType, Symbolic};

/// A [`conv_transpose`] before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct ConvTransposeCall {
    inputs: Symbolic,
    kernel: Symbolic,
    arguments: Arguments,
    output_padding: Option<PerAxis>,
}

/// The length of the result along an axis, and how much of it is cut off before: `reach` is the length of the kernel.
fn length(
    inputs: usize,
    reach: usize,
    stride: usize,
    padding: Padding,
    output_padding: Option<usize>,
) -> Result<(usize, usize), Problem> {
    let (all, before) = match padding {
        Padding::Valid => {
            let more = output_padding.unwrap_or(reach.max(stride) - reach);
            (2 * (reach - 1) + more, reach - 1)
        }
        Padding::Same => {
            let all = match output_padding {
                None => stride + reach - 2,
                Some(more) => (reach + reach % 2 + more).saturating_sub(2),
            };
            (all, all.div_ceil(2).min(reach - 1))
        }
    };
    let spread = (inputs.max(1) - 1) * stride + 1;
    match (spread + all).checked_sub(reach) {
        Some(n) if inputs > 0 => Ok((n + 1, reach - 1 - before)),
        _ => Err(Problem::Argument("inputs have no pixels".to_string())),
    }
}

impl ConvTransposeCall {
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let (x, kernel) = (cast_to(&self.inputs, DType::Float32), cast_to(&self.kernel, DType::Float32));
        let rank = check_kernel(&x, &kernel, "kernel")?;
        let Arguments { strides, padding, data_format, dilation_rate } = &self.arguments;
        let x = data_format.to_last(&x);
        let channels = x.shape()[rank + 1];
        if kernel.shape()[rank + 1] != channels {
            let (shape, why) = (kernel.shape().clone(), "as many as the inputs have channels");
            return Err(Problem::Length { of: "kernel", shape, axis: rank + 1, expected: channels, why });
        }
        let strides = strides.of("strides", rank, 1)?;
        let dilation = dilation_rate.of("dilation_rate", rank, 1)?;
        let more = self.output_padding.as_ref().map(|own| own.of("output_padding", rank, 0)).transpose()?;
        let (from, size) = (&x.shape()[1..=rank], &kernel.shape()[..rank]);
        let (mut image, mut before) = (SmallVec::<[usize; 3]>::new(), SmallVec::<[usize; 3]>::new());
        for axis in 0..rank {
            let reach = (size[axis] - 1) * dilation[axis] + 1;
            let more = more.as_ref().map(|more| more[axis]);
            let (n, cut) = length(from[axis], reach, strides[axis], *padding, more)?;
            image.push(n);
            before.push(cut);
        }
        let geometry = Geometry {
            image: three(&image, 1),
            kernel: three(size, 1),
            windows: three(from, 1),
            stride: three(&strides, 1),
            dilation: three(&dilation, 1),
            before: three(&before, 0),
            rank,
            groups: 1,
        };
        Ok(data_format.restored(convolved(geometry, Side::Image, &x, &kernel)))
    }
}

impl Built<ConvTransposeCall> {
    #[track_caller]
    fn with(mut self, change: impl FnOnce(&mut ConvTransposeCall)) -> Self {
        change(&mut self.call);
        let value = match mistaken(&[&self.call.inputs, &self.call.kernel]) {
            Some(mistake) => mistake,
            None => settled("conv_transpose", self.call.value()),
        };
        Built::new(value, self.call)
    }

    /// How far results of neighbours are apart: one number, or one for each axis of the image. 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn strides(self, strides: impl Into<PerAxis>) -> Self {
        self.with(|own| own.arguments.strides = strides.into())
    }

    /// Which convolution is turned round. [`Padding::Valid`] unless set.
    #[must_use]
    #[track_caller]
    pub fn padding(self, padding: Padding) -> Self {
        self.with(|own| own.arguments.padding = padding)
    }

    /// How much longer the result is: several lengths become one under strides. Unless set, a result has `stride` times
    /// the length of the inputs with padding `Same`, and at least `stride` for the last input with `Valid`.
    #[must_use]
    #[track_caller]
    pub fn output_padding(self, output_padding: impl Into<PerAxis>) -> Self {
        self.with(|own| own.output_padding = Some(output_padding.into()))
    }

    /// Where the channels are. [`DataFormat::ChannelsLast`] unless set.
    #[must_use]
    #[track_caller]
    pub fn data_format(self, data_format: DataFormat) -> Self {
        self.with(|own| own.arguments.data_format = data_format)
    }

    /// How far an element of the kernel is from the next. 1 unless set.
    #[must_use]
    #[track_caller]
    pub fn dilation_rate(self, dilation_rate: impl Into<PerAxis>) -> Self {
        self.with(|own| own.arguments.dilation_rate = dilation_rate.into())
    }
}

/// The gradient of a convolution by its images, as an operation of its own: it makes images larger.
///
/// `inputs (batch, ..., channels)` and `kernel (..., filters, channels)` give `(batch, ..., filters)`.
/// [Keras](https://keras.io/api/ops/nn/#convtranspose-function).
#[track_caller]
pub fn conv_transpose(inputs: impl Operand, kernel: impl Operand) -> Built<ConvTransposeCall> {
    let (inputs, kernel) = (inputs.symbolic(), kernel.symbolic());
    let call = ConvTransposeCall { inputs, kernel, arguments: Arguments::default(), output_padding: None };
    Built::new(call.inputs.clone(), call).with(|_| {})
}
